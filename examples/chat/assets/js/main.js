// The page: it shows the welcome to a stranger and the chat to a user, and joins
// the parts together.

import { forget, isMarked, offerSignIn, prepareForms, resetForms, signOut, watchOtherTabs, whoAmI } from "./account.js";
import { endVisit } from "./api.js";
import { allowWriting, prepareCompose } from "./compose.js";
import { showConnection } from "./connection.js";
import { prepareCounter, resetCounter } from "./counter.js";
import { $, paintAvatar, part } from "./dom.js";
import * as messages from "./messages.js";
import * as people from "./people.js";
import { Socket } from "./socket.js";
import { prepareUpload, resetUpload } from "./upload.js";

const socket = new Socket("messages");
let me = null;

// view shows the chat or the welcome.
function view(chat) {
  $("#welcome").hidden = chat;
  $("#chat").hidden = !chat;
  $("#me").hidden = !me;
}

function enter(user) {
  me = user;
  resetForms();
  view(true);
  part($("#me"), "name").textContent = user.name;
  paintAvatar(part($("#me"), "avatar"), user.id, user.name);
  messages.reset(user);
  people.reset(user);
  allowWriting(true);
  socket.open();
  $("#body").focus();
}

// clear takes everything of the chat out of the page.
function clear() {
  me = null;
  endVisit();
  resetForms();
  socket.close();
  showConnection(null);
  messages.reset(null);
  people.reset(null);
  allowWriting(false);
  resetCounter();
  resetUpload();
  part($("#me"), "name").textContent = part($("#me"), "avatar").textContent = "";
}

function leave(notice = "") {
  clear();
  view(false);
  offerSignIn(notice);
}

function expired() {
  forget();
  leave("Your session has ended. Please sign in again.");
}

function failed(error) {
  if (!me || error.name === "AbortError") return;
  if (error.signedOut) expired();
  else $("#compose .problem").textContent = error.message;
}

socket.addEventListener("state", ({ detail }) => {
  showConnection(detail);
  $("#chat").dataset.connection = detail.state; // who is there is known as long as it is live
  if (detail.state !== "live") return;
  $("#compose .problem").textContent = "";
  if (!detail.recovered || !messages.isLoaded()) messages.catchUp().catch(failed);
  people.catchUp().catch(failed);
});

socket.addEventListener("broadcast", ({ detail: { message, sender } }) => {
  if (sender === "presence") {
    people.changed(JSON.parse(message));
    return;
  }
  people.learn(message.message.user_id, message.message.user_name);
  messages.add([message.message]);
});

socket.addEventListener("refused", ({ detail }) => {
  if (detail.type === "CONNECTION_CHANNEL_AUTHORIZATION" || detail.type === "CONNECTION_SESSION_NOT_FOUND") expired();
  else failed(detail);
});

prepareForms(enter);
prepareCompose({ author: () => me, signedOut: expired });
messages.prepareList(failed);
prepareCounter();
prepareUpload();
$("#sign-out").addEventListener("click", () => signOut().then(() => leave(), failed));
watchOtherTabs((signedIn) => {
  if (signedIn !== Boolean(me)) start();
});
// The browser may keep the page as it is for its Back button: it keeps an empty one.
addEventListener("pagehide", () => clear());
addEventListener("pageshow", ({ persisted }) => persisted && start());

async function start() {
  clear();
  if (!isMarked()) {
    leave();
    return;
  }
  view(true); // the user sees the chat, also while a busy server is asked who it is
  try {
    const user = await whoAmI();
    if (user) enter(user);
    else leave("Your session has ended. Please sign in again.");
  } catch (error) {
    if (error.name !== "AbortError") leave(error.message);
  }
}

start();
