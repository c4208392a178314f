// Writing a message.

import { guarded, visiting } from "./api.js";
import { $ } from "./dom.js";
import { add, steadily } from "./messages.js";
import { patiently } from "./patience.js";

const form = $("#compose");
const field = $("#body");
const problem = form.querySelector(".problem");

let sending = Promise.resolve(); // one after the other, so that they keep their order

/** Makes the form work; signedOut is called when the session is gone, author returns who writes. */
export function prepareCompose({ author, signedOut }) {
  const send = async (body) => {
    try {
      const { message } = await patiently(() => guarded("PUT", "/message", { body }));
      problem.textContent = "";
      add([{ ...message, user_name: author()?.name }]); // or the broadcast was faster
    } catch (error) {
      if (error.name === "AbortError") return; // the author has left
      field.value = field.value ? `${body}\n${field.value}` : body; // nothing that was written is lost
      measure();
      if (error.signedOut) signedOut();
      else problem.textContent = error.message;
    }
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const body = field.value;
    if (body.trim() === "") return;
    field.value = "";
    measure();
    field.focus();
    const visit = visiting();
    sending = sending.then(() => visit.aborted || send(body));
  });
  field.addEventListener("input", measure);
  // Enter sends, Shift and Enter begin a line. Keyboards of phones tell of the new
  // line only, not of the key.
  let shift = false;
  field.addEventListener("keydown", (event) => { shift = event.shiftKey; });
  field.addEventListener("beforeinput", (event) => {
    if (event.inputType !== "insertLineBreak" || shift) return;
    event.preventDefault();
    form.requestSubmit();
  });
}

/** Lets a user write, or, with false, forgets what is written and lets nobody. */
export function allowWriting(allowed) {
  field.disabled = !allowed;
  problem.textContent = "";
  if (!allowed) field.value = "";
  measure();
}

// measure makes the field as high as its text, and says how much room is left
// when there is little.
function measure() {
  steadily(() => {
    field.style.height = "auto";
    field.style.height = `${Math.min(field.scrollHeight, 160)}px`;
  });
  const left = field.maxLength - field.value.length;
  $("#left").textContent = left <= 100 ? `${left} left` : "";
}
