// The stream of events: Server-Sent Events, which the browser reads by itself.

import { $ } from "./dom.js";

const form = $("#counter");
const progress = $("#counter-progress");
const output = $("#counter-output");
let source;

export function prepareCounter() {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (source) stop("Stopped.");
    else start(form.elements.count.valueAsNumber);
  });
}

/** Ends a count that is under way, and forgets what was counted. */
export function resetCounter() {
  if (source) stop("");
  form.reset();
  progress.value = 0;
  output.textContent = "";
}

function start(count) {
  progress.max = count;
  progress.value = 0;
  output.textContent = "Waiting for the first event…";
  form.querySelector("button").textContent = "Stop";
  source = new EventSource(`/api/streaming/counter?count=${count}`);
  source.addEventListener("counter", ({ data }) => {
    const { index, total } = JSON.parse(data);
    progress.value = index;
    output.textContent = `${index} of ${total}`;
    if (index === total) stop(`Counted to ${total}.`);
  });
  source.addEventListener("error", ({ data }) => {
    if (data) stop(`The server gave up: ${JSON.parse(data).error.message}`); // its own event "error"
    else if (source.readyState === EventSource.CLOSED) stop("The stream cannot be had now. Try again in a moment.");
    else output.textContent = "The stream broke off. It goes on in a moment…"; // the browser sees to that
  });
}

function stop(message) {
  source.close(); // or the browser would connect again, and count anew
  source = undefined;
  output.textContent = message;
  form.querySelector("button").textContent = "Start";
}
