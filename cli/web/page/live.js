"use strict";
(() => {
  const $ = id => document.getElementById(id);
  let gaze = null, units = null, fresh = false, recording = false, known = new Set(), last = 0;
  let lines = null, pictures = 0; // pictures: those drawn, for tests

  function say(text, how) {
    $("state").textContent = text;
    $("state").className = how;
    if (how !== "live")
      $("record").disabled = true;
  }

  // ------------------------------------------------------------------------------------- rows
  function greet(hello) {
    const names = hello.units.map(u => u.name.replace(/_r$/, "") + (u.experimental ? "*" : ""));
    $("source").textContent = hello.source;
    gaze?.end();
    units?.end();
    gaze = new Plots($("gaze"), ["yaw", "pitch"], 190, (_, low, high) => [Math.min(-20, low ?? 0), Math.max(20, high ?? 0)]);
    units = new Plots($("units"), names, 260, (_, low, high) => [0, Math.max(1, high ?? 1)]);
    known = new Set();
    $("person").replaceChildren(new Option("first face", ""));
    $("note").textContent = typeof uPlot === "undefined"
      ? "This mien was built without uPlot, so there are no plots; run make setup and build it again."
      : !names.length ? "This run measures no action units."
      : "Action units are running estimates: later frames change them." + (names.some(n => n.endsWith("*")) ? " * experimental" : "");
  }

  function list(faces) {
    for (const f of faces)
      if (!known.has(f.id) && known.size < 100) {
        known.add(f.id);
        $("person").add(new Option("person " + f.id, f.id));
      }
  }

  function show(row) {
    const wanted = $("person").value;
    const face = wanted === "" ? row.faces[0] : row.faces.find(f => String(f.id) === wanted);
    list(row.faces);
    gaze.add(row.time, face?.gaze);
    units.add(row.time, face?.au);
    $("fps").textContent = row.fps?.toFixed(1) ?? "-";
    $("latency").textContent = row.latency === undefined ? "-" : row.latency + " ms";
    $("dropped").textContent = row.dropped ?? "-";
    $("people").textContent = row.people;
    $("time").textContent = row.time.toFixed(2) + " s";
    recording = row.recording;
    $("record").disabled = false;
    $("record").setAttribute("aria-pressed", recording);
    $("record").textContent = recording ? "Stop recording" : "Start recording";
    $("file").textContent = row.file ? (recording ? "recording to " : "recorded ") + row.file : "";
    $("problem").textContent = row.problem;
    fresh = true;
  }

  function listen() {
    lines?.close();
    lines = new EventSource("events");
    lines.onmessage = e => {
      const data = JSON.parse(e.data);
      if (data.units)
        greet(data);
      else
        show(data);
      last = performance.now();
      say("live", "live");
    };
    lines.onerror = () => {
      say("disconnected: the run has ended or the server does not answer; trying again", "lost");
      if (lines.readyState === EventSource.CLOSED) {
        say("this address belongs to an earlier run; open the address that mien printed", "lost");
        setTimeout(listen, 2000);
      }
    };
  }

  function draw() {
    if (fresh && gaze) {
      const span = Number($("window").value);
      gaze.draw(span);
      units.draw(span);
      fresh = false;
    }
    if (last && performance.now() - last > 3000 && $("state").className === "live")
      say("the source gives no frames", "stalled");
    requestAnimationFrame(draw);
  }

  // --------------------------------------------------------------------------------- pictures
  const pause = seconds => new Promise(done => setTimeout(done, 1000 * seconds));

  async function watch() {
    const canvas = $("picture"), pen = canvas.getContext("2d");
    for (let after = 0;;) {
      try {
        if (document.hidden) { // nobody looks: the server draws nothing
          await pause(0.3);
          continue;
        }
        const answer = await fetch("picture?after=" + after, { cache: "no-store" });
        if (!answer.ok)
          throw new Error(answer.status);
        after = Number(answer.headers.get("X-Mien-Picture"));
        const picture = await createImageBitmap(await answer.blob());
        if (canvas.width !== picture.width || canvas.height !== picture.height) {
          canvas.width = picture.width;
          canvas.height = picture.height;
        }
        pen.drawImage(picture, 0, 0);
        picture.close();
        canvas.dataset.pictures = ++pictures;
      } catch (_) {
        after = 0;
        await pause(1);
      }
    }
  }

  $("record").onclick = async () => {
    $("record").disabled = true; // until the next row
    try {
      await fetch("recording?on=" + (recording ? 0 : 1), { method: "POST" });
    } catch (_) { // the stream of rows shows that the server is away
    }
  };
  $("person").onchange = () => {
    gaze?.clear();
    units?.clear();
  };
  listen();
  watch();
  requestAnimationFrame(draw);
})();
