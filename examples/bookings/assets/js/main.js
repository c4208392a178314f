// The page has a view for each path; the server answers all of them with index.html.

import { call, listen } from "./api.js";

const main = document.querySelector("main");
const failed = document.querySelector("#error");
const signOut = document.querySelector("#sign-out");
let stopListening = () => {};

const views = [
  [/^\/$/, showOrgs],
  [/^\/orgs\/(\d+)$/, showRooms],
  [/^\/orgs\/(\d+)\/rooms\/(\d+)$/, showRoom],
];

/** Shows the view of the path, or the sign-in to those who are not signed in. */
async function show() {
  stopListening();
  failed.textContent = "";
  const [pattern, view] = views.find(([p]) => p.test(location.pathname)) ?? views[0];
  try {
    await view(...(location.pathname.match(pattern) ?? []).slice(1));
    signOut.hidden = false;
  } catch (error) {
    if (error.status === 401) showSignIn();
    else failed.textContent = error.message;
  }
}

function showSignIn() {
  signOut.hidden = true;
  render("sign-in", ({ name, ...login }) => call("POST", name ? "/users" : "/session", name ? { name, ...login } : login));
}

async function showOrgs() {
  const orgs = await call("GET", "/orgs");
  render("orgs", (values) => call("POST", "/orgs", values));
  list(orgs.map((org) => [link(`/orgs/${org.id}`, org.name)]));
}

async function showRooms(org) {
  const rooms = await call("GET", `/orgs/${org}/rooms`);
  render("rooms", ({ name, capacity }) => call("POST", `/orgs/${org}/rooms`, { name, capacity: Number(capacity) }));
  list(rooms.map((room) => [link(`/orgs/${org}/rooms/${room.id}`, room.name), `${room.capacity} seats`]));
}

async function showRoom(org, id) {
  const [room, bookings] = await Promise.all([
    call("GET", `/orgs/${org}/rooms/${id}`),
    call("GET", `/orgs/${org}/bookings?room=${id}&from=${new Date().toISOString()}`),
  ]);
  render("room", ({ title, from, to }) => call("POST", `/orgs/${org}/rooms/${id}/bookings`,
    { title, from: new Date(from).toISOString(), to: new Date(to).toISOString() }));
  main.querySelector("h1").textContent = room.name;
  list(bookings.items.map((b) => [b.title, `${new Date(b.from).toLocaleString()} – ${new Date(b.to).toLocaleTimeString()}`,
    button("Cancel", () => call("DELETE", `/orgs/${org}/bookings/${b.id}`))]));
  stopListening = listen(`org:${org}:room:${id}`, show);
}

/** Fills main with a template, whose form does something and shows the view again. */
function render(template, submit) {
  main.replaceChildren(document.querySelector(`#${template}`).content.cloneNode(true));
  main.querySelector("form").addEventListener("submit", (event) => {
    event.preventDefault();
    run(() => submit(Object.fromEntries(new FormData(event.target))));
  });
}

async function run(work) {
  try {
    await work();
    await show();
  } catch (error) {
    failed.textContent = error.message;
  }
}

function list(rows) {
  main.querySelector("ul").replaceChildren(...rows.map((cells) => element("li", ...cells.map((c) => (c instanceof Node ? c : element("span", c))))));
}

function element(name, ...children) {
  const e = document.createElement(name);
  e.append(...children);
  return e;
}

function link(path, text) {
  return Object.assign(element("a", text), { href: path });
}

function button(text, work) {
  return Object.assign(element("button", text), { type: "button", onclick: () => run(work) });
}

document.addEventListener("click", (event) => {
  const a = event.target.closest("a");
  if (!a || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  history.pushState(null, "", a.href);
  show();
});
signOut.addEventListener("click", () => run(() => call("DELETE", "/session")));
addEventListener("popstate", show);
show();
