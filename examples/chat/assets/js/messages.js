// The list of messages.

import { request } from "./api.js";
import { $, copy, paintAvatar, part } from "./dom.js";
import { patiently } from "./patience.js";

const PAGE = 50;
const TOGETHER = 5 * 60_000; // messages of one author within it have one heading

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const date = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const moment = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });

const list = $("#messages");
const scroll = $("#scroll");
const shown = new Map(); // the messages there are elements for, by id
let me = null;
let hasEarlier = false;
let loaded = false; // whether the list lacks nothing but what is said from now on
let before = []; // the messages that were shown when it last did not
let pinned = true; // whether the reader is at the end, and stays there
let size; // of the list, when it was looked at last
let top = 0; // where the list was scrolled to when it was looked at last

/** Empties the list: for a user who has just come, or, for null, because one has left. */
export function reset(user) {
  me = user;
  loaded = hasEarlier = false;
  pin(true);
  before = [];
  shown.clear();
  list.replaceChildren();
  $("#newest").hidden = true;
  refresh();
}

/** Whether the list lacks nothing but what is said from now on. */
export const isLoaded = () => loaded;

/** Loads what was said last. After a pause this fills the gap, too. */
export async function catchUp() {
  if (loaded) before = [...shown.keys()]; // what is said from now on is beyond the gap
  loaded = false;
  const { messages, pagination } = await patiently(() => request("GET", `/messages/list?limit=${PAGE}`));
  if (messages.length === PAGE && !messages.some(({ id }) => before.includes(id))) {
    before.forEach(remove); // more was said than a page holds: do not pretend that nothing is missing
  }
  loaded = true;
  add(messages);
  hasEarlier = pagination.total > shown.size;
  refresh();
  if (pinned) toEnd();
}

function remove(id) {
  shown.get(id)?.element.remove();
  shown.delete(id);
}

/** Shows messages, each once, in their order. */
export function add(messages) {
  look(); // the event of a scroll may be on its way
  let unseen = false;
  for (const message of messages) {
    if (shown.has(message.id)) continue;
    insert(message);
    unseen ||= message.user_id !== me.id;
  }
  refresh();
  if (pinned || messages.some(({ user_id, createdAt }) => user_id === me.id && Date.now() - createdAt < 5000)) toEnd();
  else if (unseen) $("#newest").hidden = false;
}

/** Scrolls to the newest message. */
export function toEnd() {
  pin(true);
  scroll.scrollTop = scroll.scrollHeight;
  top = scroll.scrollTop;
  $("#newest").hidden = true;
}

function insert(message) {
  const element = render(message);
  let next = null;
  for (let e = list.lastElementChild; e && Number(e.dataset.id) > message.id; e = e.previousElementSibling) next = e;
  list.insertBefore(element, next);
  shown.set(message.id, { ...message, element });
  arrange(element);
  if (next) arrange(next);
}

function render(message) {
  const element = copy("message-template");
  const at = new Date(message.createdAt);
  const name = message.user_name ?? "Somebody";
  element.dataset.id = message.id;
  element.classList.toggle("own", message.user_id === me.id);
  part(element, "author").textContent = message.user_id === me.id ? "You" : name;
  part(element, "body").textContent = message.body;
  paintAvatar(part(element, "avatar"), message.user_id, name);
  const time = part(element, "time");
  time.dateTime = at.toISOString();
  time.textContent = clock.format(at);
  time.title = moment.format(at);
  return element;
}

// arrange decides, by the message before it, whether an element begins a day or
// goes on with what its author was saying.
function arrange(element) {
  const message = shown.get(Number(element.dataset.id));
  const before = shown.get(Number(element.previousElementSibling?.dataset.id));
  const sameDay = before && new Date(before.createdAt).toDateString() === new Date(message.createdAt).toDateString();
  element.classList.toggle("follows", Boolean(sameDay) && before.user_id === message.user_id
    && message.createdAt - before.createdAt < TOGETHER);
  element.classList.toggle("first", !sameDay);
  if (sameDay) delete element.dataset.day;
  else element.dataset.day = dayName(new Date(message.createdAt));
}

function dayName(day) {
  const days = Math.round((new Date().setHours(0, 0, 0, 0) - new Date(day).setHours(0, 0, 0, 0)) / 86_400_000);
  return ["Today", "Yesterday"][days] ?? date.format(day);
}

function refresh() {
  $("#silence").hidden = shown.size > 0 || !loaded;
  $("#loading").hidden = shown.size > 0 || loaded;
  $("#earlier").hidden = !hasEarlier;
}

async function showEarlier() {
  const height = scroll.scrollHeight;
  const page = Math.floor(shown.size / PAGE) + 1;
  const { messages, pagination } = await patiently(() => request("GET", `/messages/list?limit=${PAGE}&page=${page}`));
  pin(false); // one looks at what comes in at the top
  for (const message of messages) if (!shown.has(message.id)) insert(message);
  hasEarlier = page < pagination.pages;
  refresh();
  scroll.scrollTop += scroll.scrollHeight - height; // what one was reading stays where it is
}

/** Makes the buttons work; failed is called with what goes wrong. */
export function prepareList(failed) {
  $("#earlier").addEventListener("click", () => showEarlier().catch(failed));
  $("#newest").addEventListener("click", toEnd);
  followEnd();
}

// followEnd keeps a reader who is at the end there, also when the window, the form
// below or the text itself changes its size. Others stay where they are.
function followEnd() {
  scroll.addEventListener("scroll", () => {
    look();
    if (pinned) $("#newest").hidden = true;
  });
  const observer = new ResizeObserver(() => {
    size = measured();
    if (pinned) toEnd();
  });
  observer.observe(scroll);
  observer.observe(list);
}

// look sees whether the reader has left the end, or is there again. While one is there
// nothing but the reader scrolls up; see the style of data-pinned. A change of size may
// scroll, too: what it does is decided by the observer, or when one looks again.
function look() {
  const before = size;
  size = measured();
  if (scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 80) pin(true);
  else if (size !== before) return;
  else if (scroll.scrollTop < top) pin(false);
  top = scroll.scrollTop;
}

const measured = () => `${list.offsetWidth} ${list.offsetHeight} ${scroll.clientHeight}`;

function pin(to) {
  pinned = to;
  scroll.dataset.pinned = to;
}

/** Makes a change beside the list, which stays where it is: at its end, or where one reads. */
export function steadily(change) {
  const { scrollTop } = scroll;
  change();
  if (pinned) toEnd();
  else scroll.scrollTop = scrollTop;
}
