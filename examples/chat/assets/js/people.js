// Who is here. The members of the channel are the ids of users.

import { request } from "./api.js";
import { $, copy, paintAvatar, part } from "./dom.js";
import { patiently } from "./patience.js";

const MOST = 60; // how many are shown by name
const PAUSE = 2_000; // between two questions for the names of those who came

const alphabet = new Intl.Collator(undefined, { numeric: true });
const here = new Set();
const names = new Map();
let me = null;
let since = null; // the events since the members were asked for, until the answer
let askedAt = 0;
let timer; // of the next question

/** Begins with a user who has just come, or, for null, forgets everybody. */
export function reset(user) {
  me = user;
  since = null;
  askedAt = 0;
  clearTimeout(timer);
  timer = undefined;
  here.clear();
  names.clear();
  if (user) learn(user.id, user.name);
  show();
}

/** Remembers the name of a user. */
export function learn(id, name) {
  if (name) names.set(String(id), name);
}

/** Asks who is here. Call it when subscribed: from then on events tell the rest. */
export async function catchUp() {
  const events = since = [];
  askedAt = Date.now();
  const { people } = await patiently(() => request("GET", "/room/people"));
  if (events !== since) return; // asked again in the meantime
  since = null;
  here.clear();
  for (const { id, name } of people) {
    here.add(String(id));
    learn(id, name);
  }
  events.forEach(apply);
  show();
}

/** Hears of somebody who came or left. */
export function changed(event) {
  since?.push(event);
  apply(event);
  show();
}

function apply({ event, presenceKey }) {
  if (event === "leave") here.delete(presenceKey);
  else here.add(presenceKey);
  if (event === "join" && !names.has(presenceKey)) askSoon();
}

// askSoon asks for the names of those who came, with one question for all who come
// within the pause. When it fails, the next who comes brings up another.
function askSoon() {
  if (since) return; // the events are looked at again when the answer is there
  timer ??= setTimeout(() => {
    timer = undefined;
    catchUp().catch(() => {});
  }, Math.max(100, askedAt + PAUSE - Date.now()));
}

// show writes the list anew. Users see themselves whatever was heard of them: events of
// their other tabs, and of nodes that have died, say nothing about this one.
function show() {
  const own = me && String(me.id);
  const keys = me ? new Set(here).add(own) : here;
  const count = keys.size;
  $("#people-count").textContent = count;
  $("#here").textContent = !me ? "" : count === 1 ? "One person here" : `${count} people here`;
  const rows = [...keys].filter((key) => names.has(key)).map((key) => ({ key, name: names.get(key) }));
  rows.sort((a, b) => (b.key === own) - (a.key === own) || alphabet.compare(a.name, b.name));
  const elements = rows.slice(0, MOST).map(({ key, name }) => {
    const element = copy("person-template");
    element.dataset.key = key;
    paintAvatar(part(element, "avatar"), key, name);
    part(element, "name").textContent = name;
    part(element, "you").hidden = key !== own;
    return element;
  });
  if (rows.length > MOST) {
    const more = document.createElement("li");
    more.className = "hint";
    more.textContent = `and ${count - elements.length} more`;
    elements.push(more);
  }
  $("#people").replaceChildren(...elements);
}
