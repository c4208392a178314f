// The upload.

import { request } from "./api.js";
import { $ } from "./dom.js";
import { clearProblems, onSubmit } from "./form.js";

export function prepareUpload() {
  const output = $("#upload-output");
  onSubmit($("#upload"), $("#upload-problem"), async (form) => {
    output.replaceChildren();
    const { params } = await request("POST", "/file", form);
    const { name, type, size } = params.file;
    const facts = { Name: name, Type: type || "unknown", Size: readable(size), Note: params.stringParam };
    for (const [term, value] of Object.entries(facts)) {
      const dt = document.createElement("dt");
      const dd = document.createElement("dd");
      dt.textContent = term;
      dd.textContent = value;
      output.append(dt, dd);
    }
  });
}

/** Forgets what was uploaded. */
export function resetUpload() {
  $("#upload").reset();
  $("#upload-output").replaceChildren();
  clearProblems($("#upload"), $("#upload-problem"));
}

function readable(bytes) {
  const units = ["bytes", "KB", "MB", "GB"];
  const power = bytes > 0 ? Math.min(units.length - 1, Math.floor(Math.log(bytes) / Math.log(1024))) : 0;
  return `${(bytes / 1024 ** power).toFixed(power ? 1 : 0)} ${units[power]}`;
}
