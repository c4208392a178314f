// Who is here. The members of the channel are the ids of users.

import { request } from "./api.js";
import { $, copy, paintAvatar, part } from "./dom.js";

const MOST = 60; // how many are shown by name

const here = new Set();
const names = new Map();
let me;
let waiting = null; // events that came while the members were being asked for

export function reset(user) {
  me = user;
  here.clear();
  learn(user.id, user.name);
  show();
}

/** Remembers the name of a user. */
export function learn(id, name) {
  if (name) names.set(String(id), name);
}

/** Asks who is here. Call it when subscribed: from then on events tell the rest. */
export async function catchUp(channel) {
  waiting = [];
  try {
    const { members } = await request("GET", `/channel/${channel}/members`);
    here.clear();
    members.forEach((key) => here.add(key));
    waiting.forEach(apply);
  } finally {
    waiting = null;
  }
  await show();
}

/** Hears of somebody who came or left. */
export async function changed(event) {
  if (waiting) waiting.push(event);
  apply(event);
  await show();
}

function apply({ event, presenceKey }) {
  if (event === "join") here.add(presenceKey);
  else here.delete(presenceKey);
}

async function show() {
  await Promise.all([...here].slice(0, MOST).filter((key) => !names.has(key)).map(askName));
  $("#people-count").textContent = here.size;
  $("#here").textContent = here.size === 1 ? "One person here" : `${here.size} people here`;
  const rows = [...here].slice(0, MOST).map((key) => ({ key, name: names.get(key) ?? `User ${key}`, own: key === String(me.id) }));
  rows.sort((a, b) => b.own - a.own || a.name.localeCompare(b.name));
  const elements = rows.map(({ key, name, own }) => {
    const element = copy("person-template");
    element.dataset.key = key;
    paintAvatar(part(element, "avatar"), key, name);
    part(element, "name").textContent = name;
    part(element, "you").hidden = !own;
    return element;
  });
  if (here.size > MOST) {
    const more = document.createElement("li");
    more.className = "hint";
    more.textContent = `and ${here.size - MOST} more`;
    elements.push(more);
  }
  $("#people").replaceChildren(...elements);
}

async function askName(key) {
  if (!/^\d+$/.test(key)) return;
  try {
    learn(key, (await request("GET", `/user/${key}`)).user.name);
  } catch {
    // They stay "User 5" until the next event.
  }
}
