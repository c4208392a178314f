// The page: a form to enter, or the wall.

import { call, subscribe } from "./api.js";

const $ = (selector) => document.querySelector(selector);
let unsubscribe = () => {};

/** Shows the wall to those who are signed in, and the forms to others. */
async function show() {
  const user = await call("GET", "/users/me").catch((error) => {
    if (error.status === 401) return null;
    throw error;
  });
  $("#enter").hidden = user !== null;
  $("#wall").hidden = $("#who").hidden = user === null;
  unsubscribe();
  unsubscribe = () => {};
  $("#notes").replaceChildren();
  if (user === null) return;
  $("#who span").textContent = user.name;
  unsubscribe = subscribe("wall", { ready: list, heard: add });
}

async function list() {
  const notes = await call("GET", "/notes");
  $("#notes").replaceChildren();
  $("#empty").hidden = false;
  notes.reverse().forEach(add);
}

/** Adds a note on top, unless it is there. Text is only ever set as text. */
function add(note) {
  const id = `note-${note.id}`;
  if (document.getElementById(id)) return;
  const item = Object.assign(document.createElement("li"), { id });
  const text = Object.assign(document.createElement("p"), { textContent: note.text });
  const at = new Date(note.createdAt).toLocaleString();
  item.append(text, Object.assign(document.createElement("small"), { textContent: `${note.author}, ${at}` }));
  $("#notes").prepend(item);
  $("#empty").hidden = true;
}

for (const form of document.forms) {
  const problem = form.querySelector("[role=alert]");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (form.ariaBusy === "true") return;
    form.ariaBusy = "true";
    problem.textContent = "";
    try {
      const result = await call("POST", form.dataset.path, Object.fromEntries(new FormData(form)));
      form.reset();
      await (form.dataset.path === "/notes" ? add(result) : show());
    } catch (error) {
      problem.textContent = error.message;
    } finally {
      form.ariaBusy = "false";
    }
  });
}

$("#sign-out").addEventListener("click", async () => {
  await call("DELETE", "/session").catch(() => {}); // the session may have ended before
  await show();
});
show();
