// The page: it shows the welcome to a stranger and the chat to a user, and joins
// the parts together.

import { forget, prepareForms, signOut, watchOtherTabs, whoAmI } from "./account.js";
import { prepareCompose } from "./compose.js";
import { showConnection } from "./connection.js";
import { prepareCounter, stopCounter } from "./counter.js";
import { $, paintAvatar, part } from "./dom.js";
import * as messages from "./messages.js";
import * as people from "./people.js";
import { Socket } from "./socket.js";
import { prepareUpload } from "./upload.js";

const CHANNEL = "messages";

const socket = new Socket(CHANNEL);
let me = null;

function enter(user) {
  me = user;
  $("#welcome").hidden = true;
  $("#chat").hidden = $("#me").hidden = false;
  part($("#me"), "name").textContent = user.name;
  paintAvatar(part($("#me"), "avatar"), user.id, user.name);
  messages.reset(user);
  people.reset(user);
  socket.open();
  $("#body").focus();
}

function leave(notice = "") {
  me = null;
  socket.close();
  stopCounter();
  showConnection(null);
  $("#chat").hidden = $("#me").hidden = true;
  $("#welcome").hidden = false;
  $("#sign-in .problem").textContent = notice;
  $("#sign-in input").focus();
}

function expired() {
  forget();
  leave("Your session has ended. Please sign in again.");
}

function failed(error) {
  if (!me) return;
  if (error.signedOut) expired();
  else $("#compose .problem").textContent = error.message;
}

socket.addEventListener("state", ({ detail }) => {
  showConnection(detail);
  $("#chat").dataset.connection = detail.state; // who is there is known as long as it is live
  if (detail.state !== "live") return;
  $("#compose .problem").textContent = "";
  messages.catchUp().catch(failed);
  people.catchUp(CHANNEL).catch(failed);
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

async function start() {
  try {
    const user = await whoAmI();
    if (user) enter(user);
    else leave();
  } catch (error) {
    leave(error.message);
  }
}

start();
