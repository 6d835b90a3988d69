// Creates the order first and then sends its files straight to storage, however large they are. Without this script the form sends
// everything at once.
"use strict";
const form = document.getElementById("order");
const progress = document.getElementById("progress");
const bar = progress.querySelector("progress");
const button = form.querySelector("button");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  button.disabled = true;
  try {
    const files = [...form.elements.document.files];
    const fields = new FormData(form);
    fields.delete("document");
    for (const { name, size } of files) fields.append("announced", JSON.stringify({ name, size }));
    const answer = await fetch(form.action, { method: "POST", body: fields, headers: { accept: "application/json" } });
    if (answer.status === 422) return tell(form.dataset.wrong, (await answer.json()).problems);
    if (!answer.ok) return tell(form.dataset.failed, []);
    const { order, uploads } = await answer.json();
    progress.hidden = false;
    const total = files.reduce((sum, file) => sum + file.size, 0);
    let before = 0;
    for (const [index, url] of uploads.entries()) {
      await put(url, files[index], (sent) => { bar.value = (100 * (before + sent)) / total; });
      before += files[index].size;
    }
    location.assign(order);
  } catch {
    tell(form.dataset.failed, []);
  }
});

function put(url, file, sent) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("PUT", url);
    request.upload.addEventListener("progress", (event) => sent(event.loaded));
    request.addEventListener("load", () => (request.status < 300 ? resolve() : reject(new Error("refused"))));
    request.addEventListener("error", () => reject(new Error("unreachable")));
    request.send(new Blob([file]));
  });
}

function tell(text, problems) {
  const note = document.createElement("div");
  note.className = "note";
  note.setAttribute("role", "alert");
  note.append(text);
  if (problems.length > 0) {
    const list = document.createElement("ul");
    for (const { place, detail } of problems) {
      const line = document.createElement("li");
      const what = document.createElement("span");
      what.lang = "en";
      what.textContent = detail;
      line.append(place === "" ? "" : `${place}: `, what);
      list.append(line);
    }
    note.append(list);
  }
  document.getElementById("problems").replaceChildren(note);
  note.scrollIntoView();
  button.disabled = false;
  progress.hidden = true;
}
