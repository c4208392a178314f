// The line at the top that says how the connection is.

import { $, part } from "./dom.js";

const pill = $("#connection");
let ticking;
let socket = null; // the state of the socket, or null
let busyUntil = null; // when a server that is busy is asked again

/** Shows a state of the socket, or nothing. */
export function showConnection(detail) {
  socket = detail;
  show();
}

/** Shows that the server is busy, and when it is asked again; null ends it. */
export function showBusy(until) {
  busyUntil = until;
  show();
}

function show() {
  clearInterval(ticking);
  const detail = busyUntil && socket?.state !== "waiting" ? { state: "busy", retryAt: busyUntil } : socket;
  pill.hidden = !detail;
  if (!detail) return;
  pill.dataset.state = detail.state;
  part(pill, "count").textContent = "";
  const texts = {
    connecting: "Connecting…", live: "Live", busy: "The server is busy",
    waiting: navigator.onLine ? "Connection lost" : "You are offline",
  };
  // An announcement for each second would be too much: the text stays, the count changes.
  if (part(pill, "text").textContent !== texts[detail.state]) part(pill, "text").textContent = texts[detail.state];
  if (detail.retryAt) {
    const count = () => {
      const seconds = Math.max(1, Math.ceil((detail.retryAt - Date.now()) / 1000));
      part(pill, "count").textContent = ` · next try in ${seconds} s`;
    };
    count();
    ticking = setInterval(count, 1000);
  }
}
