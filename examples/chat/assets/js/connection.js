// The line at the top that says how the connection is.

import { $, part } from "./dom.js";

const pill = $("#connection");
let ticking;

/** Shows a state of the socket, or nothing. */
export function showConnection(detail) {
  clearInterval(ticking);
  pill.hidden = !detail;
  if (!detail) return;
  pill.dataset.state = detail.state;
  part(pill, "count").textContent = "";
  const texts = { connecting: "Connecting…", live: "Live", waiting: navigator.onLine ? "Connection lost" : "You are offline" };
  // An announcement for each second would be too much: the text stays, the count changes.
  if (part(pill, "text").textContent !== texts[detail.state]) part(pill, "text").textContent = texts[detail.state];
  if (detail.state === "waiting") {
    const count = () => {
      const seconds = Math.max(1, Math.ceil((detail.retryAt - Date.now()) / 1000));
      part(pill, "count").textContent = ` · next try in ${seconds} s`;
    };
    count();
    ticking = setInterval(count, 1000);
  }
}
