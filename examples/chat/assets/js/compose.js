// Writing a message.

import { guarded } from "./api.js";
import { $, onSubmit } from "./dom.js";
import { add } from "./messages.js";

const form = $("#compose");
const field = $("#body");

/** Makes the form work; signedOut is called when the session is gone, author returns who writes. */
export function prepareCompose({ author, signedOut }) {
  onSubmit(form, form.querySelector(".problem"), async () => {
    const body = field.value;
    if (body.trim() === "") return;
    try {
      const { message } = await guarded("PUT", "/message", { body });
      if (field.value === body) field.value = "";
      measure();
      field.focus();
      add([{ ...message, user_name: author().name }]); // or the broadcast was faster
    } catch (error) {
      if (!error.signedOut) throw error;
      signedOut();
    }
  });
  field.addEventListener("input", measure);
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });
}

// measure makes the field as high as its text, and says how much room is left
// when there is little.
function measure() {
  field.style.height = "auto";
  field.style.height = `${Math.min(field.scrollHeight, 160)}px`;
  const left = field.maxLength - field.value.length;
  $("#left").textContent = left <= 100 ? `${left} left` : "";
}
