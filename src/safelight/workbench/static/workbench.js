"use strict";
// Keys, and the picture of one item. Text from evidence is only ever set as text, never as markup.
(() => {
  const csrf = document.querySelector("meta[name=csrf]").content;
  const view = crypto.randomUUID();
  const post = (path, fields, keepalive = false) =>
    fetch(path, { method: "POST", headers: { "x-csrf": csrf, "content-type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams(fields), keepalive, cache: "no-store", credentials: "same-origin" });
  const end = (number) => { if (number) post(`/exposure/${number}/end`, {}, true).catch(() => {}); };

  const box = document.getElementById("picture");
  const canvas = document.getElementById("canvas");
  const said = document.getElementById("said");
  let running = null, falling = null, order = 0, at = { x: 0.5, y: 0.5 };

  const blank = (words) => {
    order += 1;
    clearTimeout(falling);
    end(running);
    running = null;
    canvas.getContext("2d").clearRect(0, 0, canvas.width, canvas.height);
    canvas.width = 96; canvas.height = 72;
    canvas.setAttribute("aria-label", "Nothing is shown");
    canvas.dataset.step = "";
    said.textContent = words;
  };

  // One step of one item: the picture, or words why there is none; the number of the exposure, and what is to be heeded.
  const fetched = async (item, fields) => {
    let answer, picture = null, words = "";
    try {
      answer = await post(`/item/${item}/reveal`, fields);
      if (answer.ok) picture = await createImageBitmap(await answer.blob());
      else if ((answer.headers.get("content-type") || "").startsWith("application/json")) words = (await answer.json()).message;
      else words = await answer.text();
    } catch { words = "The server does not answer."; }
    return { picture, words, number: answer && answer.headers.get("x-exposure"), heed: decodeURIComponent((answer && answer.headers.get("x-heed")) || "") };
  };
  const draw = (canvas, picture) => {
    canvas.width = picture.width; canvas.height = picture.height;
    canvas.getContext("2d").drawImage(picture, 0, 0);
    picture.close();
  };

  const reveal = async (step) => {
    const mine = ++order;
    clearTimeout(falling);
    said.textContent = "Working …";
    const { picture, words, number, heed } = await fetched(box.dataset.item, { step, view, x: at.x.toFixed(4), y: at.y.toFixed(4) });
    // Whoever left meanwhile, or asked for something else, is not shown this.
    if (mine !== order || document.hidden) { end(number); return; }
    if (!picture) { blank(words); return; }
    running = number;
    draw(canvas, picture);
    canvas.dataset.step = step;
    canvas.setAttribute("aria-label", `Picture, ${step}`);
    said.textContent = `Shown: ${step}. ${heed}`;
    if (step !== "shielded") falling = setTimeout(() => reveal("shielded"), 1000 * Number(box.dataset.fallBack));
  };

  if (box) {
    for (const button of box.querySelectorAll("[data-step]")) if (button.tagName === "BUTTON") button.addEventListener("click", () => reveal(button.dataset.step));
    document.getElementById("hide").addEventListener("click", () => blank("Hidden."));
    canvas.addEventListener("pointermove", (event) => {
      const edge = canvas.getBoundingClientRect();
      at = { x: Math.min(1, Math.max(0, (event.clientX - edge.left) / edge.width)), y: Math.min(1, Math.max(0, (event.clientY - edge.top) / edge.height)) };
    });
    canvas.addEventListener("keydown", (event) => {
      const move = { ArrowLeft: [-0.1, 0], ArrowRight: [0.1, 0], ArrowUp: [0, -0.1], ArrowDown: [0, 0.1] }[event.key];
      if (!move) return;
      event.preventDefault();
      at = { x: Math.min(1, Math.max(0, at.x + move[0])), y: Math.min(1, Math.max(0, at.y + move[1])) };
      said.textContent = `Region around ${Math.round(at.x * 100)} % from the left, ${Math.round(at.y * 100)} % from the top.`;
    });
    canvas.addEventListener("contextmenu", (event) => event.preventDefault());
    if (box.dataset.atOnce === "yes") reveal("shielded");
  }

  // Shielded previews of several members, all of them on one act and gone together
  const tiles = [...document.querySelectorAll("canvas.tile")], told = document.getElementById("tiles-said");
  let round = 0, falls = null;
  const hideTiles = (words) => {
    round += 1;
    clearTimeout(falls);
    for (const tile of tiles) {
      end(tile.dataset.exposure);
      tile.dataset.exposure = ""; tile.dataset.step = "";
      tile.getContext("2d").clearRect(0, 0, tile.width, tile.height);
      tile.width = 96; tile.height = 72;
      tile.setAttribute("aria-label", `Member ${tile.dataset.item.slice(0, 12)}: nothing is shown`);
    }
    told.textContent = words;
  };
  const showTiles = async () => {
    hideTiles("Working …");
    const mine = round;
    let heeded = "";
    for (const [place, tile] of tiles.entries()) {
      const { picture, words, number, heed } = await fetched(tile.dataset.item, { step: "shielded", view: `${view}-${place}` });
      if (mine !== round || document.hidden) { end(number); return; }
      heeded = heed || words || heeded;
      if (!picture) continue;
      draw(tile, picture);
      tile.dataset.exposure = number; tile.dataset.step = "shielded";
      tile.setAttribute("aria-label", `Member ${tile.dataset.item.slice(0, 12)}, shielded`);
    }
    told.textContent = `Shown: ${tiles.filter((tile) => tile.dataset.step).length} shielded. ${heeded}`;
    falls = setTimeout(() => hideTiles("Hidden after a while. Show them again with x."), 1000 * Number(document.getElementById("tiles").dataset.fallBack));
  };
  if (tiles.length) {
    document.getElementById("tiles-show").addEventListener("click", showTiles);
    document.getElementById("tiles-hide").addEventListener("click", () => hideTiles("Hidden."));
    for (const tile of tiles) tile.addEventListener("contextmenu", (event) => event.preventDefault());
  }

  // Prompts and workflows
  const unfold = document.getElementById("unfold"), fold = document.getElementById("fold"), texts = document.getElementById("texts");
  let reading = null;
  const close = () => {
    if (!unfold) return;
    end(reading); reading = null; texts.replaceChildren(); fold.hidden = true; unfold.hidden = false;
  };
  if (unfold) {
    unfold.addEventListener("click", async () => {
      const answer = await post(document.getElementById("folded").dataset.path, { view });
      // What the door itself refuses is plain text.
      const text = await answer.text();
      let found = { message: text };
      try { found = JSON.parse(text); } catch { /* it stays what it is */ }
      if (!answer.ok) { texts.textContent = found.message; return; }
      reading = found.exposure;
      texts.replaceChildren(...found.texts.flatMap((one) => {
        const title = document.createElement("h4"), text = document.createElement("pre");
        title.textContent = one.title; text.textContent = one.text; text.tabIndex = 0;
        return [title, text];
      }));
      unfold.hidden = true; fold.hidden = false; fold.focus();
    });
    fold.addEventListener("click", () => { close(); unfold.focus(); });
  }

  // What is shown ends with the look at the page.
  const leave = () => { if (box && (running || canvas.dataset.step)) blank("Hidden when you left. Show it again with x."); else if (box) order += 1; if (tiles.length) hideTiles("Hidden when you left. Show them again with x."); close(); };
  document.addEventListener("visibilitychange", () => { if (document.hidden) leave(); });
  window.addEventListener("pagehide", leave);
  window.addEventListener("blur", leave);
  // A page that the browser kept and brings back: nothing is chosen beforehand on it.
  window.addEventListener("pageshow", (event) => { if (event.persisted) { const form = document.getElementById("decide"); if (form) form.reset(); } });

  // Keys
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = event.target.matches("textarea, select, input:not([type=radio]):not([type=checkbox])");
    if (event.key === "Escape") { if (typing) event.target.blur(); else if (box) blank("Hidden."); else if (tiles.length) hideTiles("Hidden."); return; }
    if (typing) return;
    if (event.key === "u") { const undo = document.getElementById("undo"); if (undo) undo.click(); return; }
    if (event.key === "n") { const note = document.getElementById("note"); if (note) { event.preventDefault(); note.focus(); } return; }
    if (event.key === "j" || event.key === "k") {
      const rows = [...document.querySelectorAll("a.open")];
      const here = rows.indexOf(document.activeElement) + (event.key === "j" ? 1 : -1);
      if (rows.length) { rows[Math.min(rows.length - 1, Math.max(0, here))].focus(); return; }
    }
    const control = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
    if (control) { event.preventDefault(); control.click(); }
  });
  document.body.dataset.keys = "ready";
})();
