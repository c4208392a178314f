// Forms, and what is wrong with their fields. What the server says about a field stands
// in the element whose data-for is the field's name; the field is described by it.

/** Runs the work of a form, which cannot be sent again meanwhile, and shows what goes wrong beside it. */
export function onSubmit(form, problem, work) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (form.ariaBusy === "true") return;
    form.ariaBusy = "true";
    clearProblems(form, problem);
    try {
      await work(new FormData(form));
    } catch (error) {
      if (error.name !== "AbortError") show(form, problem, error);
    } finally {
      form.ariaBusy = "false";
    }
  });
  form.addEventListener("input", ({ target }) => clear(form, target)); // it is being put right
}

/** Takes back what was said about a form. */
export function clearProblems(form, problem) {
  problem.textContent = "";
  for (const field of form.elements) clear(form, field);
}

function clear(form, field) {
  field.removeAttribute("aria-invalid");
  const line = place(form, field.name);
  if (line) line.textContent = "";
}

const place = (form, name) => name && form.querySelector(`[data-for="${name}"]`);

function show(form, problem, error) {
  const wrong = new Map((error.errors ?? []).map(({ key, message }) => [key, message]));
  // The server looks at what the fields contain when none is too short: the patterns
  // of the page spare the user a second try.
  if (wrong.size > 0) {
    for (const { name, validity, dataset } of form.elements) {
      if (validity.patternMismatch && !wrong.has(name)) wrong.set(name, dataset.rule);
    }
  }
  const fields = [...form.elements].filter(({ name }) => name && wrong.has(name));
  const unplaced = wrong.size === 0 ? [error.message] : [];
  for (const [name, message] of wrong) {
    const line = place(form, name);
    if (line) line.textContent = message;
    else unplaced.push(message);
  }
  for (const field of fields) field.setAttribute("aria-invalid", "true");
  if (fields.length > 1) unplaced.unshift(`${fields.length} fields have to be changed.`);
  problem.textContent = unplaced.join(" ");
  fields[0]?.focus();
}
