/* The page of one result. */

const seen = data.coverage || {};

function title() {
    const input = sidecar && sidecar.input && sidecar.input.name;
    return String(input || data.result).split("/").pop() || data.result;
}

function heading() {
    const facts = [seen.seconds < 60 ? `${number(seen.seconds)} seconds` : clock(seen.seconds), plural(seen.frames, "frame", "frames"), seen.rate ? `${number(seen.rate, 2)} frames per second` : null,
        sidecar && sidecar.written ? `analysed ${String(sidecar.written).replace("T", " ").replace("Z", " UTC")}` : null, `mien ${data.mien}`];
    return el("header", {}, data.back ? el("p", {}, el("a", {href: data.back}, "All results")) : null, el("h1", {}, title()),
        el("p", {class: "soft"}, facts.filter(Boolean).join(" \u00b7 ")), el("p", {class: "soft"}, "Result: ", el("code", {}, data.result)));
}

function overview() {
    const size = averageOf("face_size");
    return tiles([
        ["Frames with a face", seen.frames ? percent(seen.with_face / seen.frames) : NONE, `${whole(seen.with_face)} of ${whole(seen.frames)}`],
        ["People", whole(seen.people), `at most ${whole(seen.most_faces)} at once${seen.doubtful ? `; ${whole(seen.doubtful)} ids only in doubtful rows` : ""}`],
        ["Changes of id", seen.id_changes == null ? NONE : whole(seen.id_changes), seen.id_changes == null ? "no boxes, so not known" : "one person, a new face_id"],
        ["Gaps", whole(seen.gaps), seen.gaps ? `${number(seen.gap_seconds)} s without a face` : "a face in every frame"],
        ["Mean face height", size == null ? NONE : number(size, 0) + " px"],
        seen.untrusted ? ["Rows not trusted", percent(seen.untrusted / seen.rows), "success is 0; left out"] : null,
        seen.missing ? ["Frames without a row", whole(seen.missing), "dropped by a live run"] : null,
    ]);
}

/* Of all rows of all people. */
function averageOf(name) {
    let n = 0, sum = 0;
    for (const p of data.people) if (p.stats[name]) {
        n += p.stats[name].n;
        sum += p.stats[name].n * p.stats[name].mean;
    }
    return n ? sum / n : null;
}

/* ------------------------------------------------------------------------------- coverage ---- */

function faceChart() {
    const faces = Array.from(int16(data.faces), (v) => v / 100), x = Array.from(timeline);
    const most = Math.max(1, ...[seen.most_faces || 0]);
    return timeChart({title: "Faces in the picture", x, rows: [faces], names: ["faces"], units: "", decimals: 0, height: 110, range: [0, most * 1.08], steps: true, wholes: true, dots: false,
        summary: `Faces over time: at most ${seen.most_faces}; a face in ${seen.with_face} of ${seen.frames} frames; ${seen.gaps} gaps. ` +
            "Arrow keys move the cursor, plus and minus zoom, Shift with arrows pans."});
}

/* A row for each person: when they are seen. */
function lanes() {
    const people = data.people.filter((p) => p.bins).slice(0, 40).sort((a, b) => a.first - b.first);
    if (data.people.length < 2 || !people.length) return null;
    const rows = people.map((p) => {
        const bins = int32(p.bins), runs = [];
        for (let i = 0; i < bins.length; i++)
            if (i && bins[i] === bins[i - 1] + 1) runs[runs.length - 1][1] = bins[i];
            else runs.push([bins[i], bins[i]]);
        return {label: "id " + p.id, p, runs: runs.map(([a, b]) => [timeline[a], b + 1 < timeline.length ? timeline[b + 1] : timeline[b] + binSeconds])};
    });
    return strip({title: people.length < data.people.length ? `The ${people.length} people with the most frames` : "People", row: 15, rows,
        summary: `When each of ${people.length} people is seen; the table below has the times.`,
        paint: (g, left, width, top, height, r) => {
            const range = view.max - view.min, at = (t) => left + Math.max(0, Math.min(1, (t - view.min) / range)) * width;
            g.fillStyle = colour("page");
            g.fillRect(left, top, width, height);
            g.fillStyle = colour("accent");
            for (const [from, to] of r.runs)
                if (to > view.min && from < view.max) g.fillRect(at(from), top, Math.max(1, at(to) - at(from)), height);
        },
        describe: (t, r) => `${clock(t, 1)}  person ${r.p.id}: ${r.runs.some(([a, b]) => a <= t && t < b) ? "seen" : "not seen"}`});
}

function mean(p, name) {
    return p.stats[name] ? p.stats[name].mean : null;
}

function peopleTable(choose) {
    const rate = seen.rate, blinks = (p) => p.eyes && rate && p.stats.AU45.n ? p.eyes.blinks / (p.stats.AU45.n / rate / 60) : null;
    const columns = [
        {title: "Person", text: true, get: (p) => p.id, show: (p) => choose ? el("button", {type: "button", onclick: () => choose(p), "aria-label": `Show person ${p.id}`}, "id " + p.id) : "id " + p.id},
        {title: "Frames", get: (p) => p.frames, show: (p) => whole(p.frames)},
        {title: "Share of frames", get: (p) => p.frames / seen.frames, show: (p) => percent(p.frames / seen.frames), part: (p) => p.frames / seen.frames},
        {title: "First seen", get: (p) => p.first, show: (p) => p.first == null ? NONE : clock(p.first, 1)},
        {title: "Last seen", get: (p) => p.last, show: (p) => p.last == null ? NONE : clock(p.last, 1)},
        {title: "Appearances", help: "Runs of frames without a gap", get: (p) => p.sightings, show: (p) => whole(p.sightings)},
        {title: "Face height", get: (p) => mean(p, "face_size"), show: (p) => mean(p, "face_size") == null ? NONE : number(mean(p, "face_size"), 0) + " px"},
        {title: "Blinks per minute", get: blinks, show: (p) => number(blinks(p))},
    ];
    return sortedTable(columns, data.people, {caption: data.people.length < seen.people ? `People: the ${data.people.length} of ${whole(seen.people)} with the most frames` : "People",
        most: 12, sort: [1, true], chosen: (p) => p === chosen});
}

function gapTable() {
    const list = [];
    for (let i = 0; i < seen.longest_gaps.length; i += 2) list.push({from: seen.longest_gaps[i], to: seen.longest_gaps[i + 1]});
    if (!list.length) return null;
    return el("details", {}, el("summary", {}, "Longest gaps"), sortedTable([
        {title: "From", get: (g) => g.from, show: (g) => clock(g.from, 1)},
        {title: "To", get: (g) => g.to, show: (g) => clock(g.to, 1)},
        {title: "Seconds", get: (g) => g.to - g.from, show: (g) => number(g.to - g.from)},
    ], list, {caption: "Longest times without a face"}));
}

/* Means of all people side by side. */
function comparison() {
    const people = data.people.filter((p) => units.some((m) => p.stats[m.name]));
    if (people.length < 2) return null;
    return section("All people", sortedTable([
        {title: "Person", text: true, get: (p) => p.id, show: (p) => "id " + p.id},
        ...units.map((m) => ({title: m.name, help: m.label, get: (p) => p.stats[m.name] ? p.stats[m.name].share : null,
            show: (p) => p.stats[m.name] ? percent(p.stats[m.name].share) : NONE, part: (p) => p.stats[m.name] ? p.stats[m.name].share : null})),
    ], people, {caption: "Share of time in which each action unit has an intensity of at least 1", most: 12}));
}

/* -------------------------------------------------------------------------------- controls ---- */

let chosen = null;

function controls(choose) {
    const slider = el("input", {type: "range", min: 0, max: 1000, step: "any", value: 0, "aria-label": "Position in the recording"});
    const range = el("output", {}), button = (text, label, f) => el("button", {type: "button", "aria-label": label, title: label, onclick: f}, text);
    const zoomOut = button("\u2212", "Zoom out", () => zoom(2)), all = button("All", "Show the whole recording", showAll);
    slider.addEventListener("input", () => {
        const width = view.max - view.min, min = view.from + slider.value / 1000 * (view.to - view.from - width);
        setView(min, min + width);
    });
    const update = () => {
        const rest = view.to - view.from - (view.max - view.min);
        slider.disabled = zoomOut.disabled = all.disabled = rest < 1e-9;
        if (document.activeElement !== slider) slider.value = rest > 0 ? 1000 * (view.min - view.from) / rest : 0;
        const digits = view.max - view.min < 120 ? 1 : 0;
        range.textContent = `${clock(view.min, digits)} \u2013 ${clock(view.max, digits)}`;
        slider.setAttribute("aria-valuetext", range.textContent);
    };
    view.changed.push(update);
    update();
    const select = el("select", {onchange: (e) => choose(data.people[e.target.value])},
        data.people.map((p, i) => el("option", {value: i}, `id ${p.id} (${percent(p.frames / seen.frames)})`)));
    return Object.assign(el("div", {class: "bar", role: "group", "aria-label": "Person and time"},
        data.people.length ? el("label", {}, "Person ", select) : null,
        button("+", "Zoom in", () => zoom(0.5)), zoomOut, all, slider, range), {select});
}

function help() {
    return el("details", {class: "help"}, el("summary", {}, "How to use the charts"), el("p", {},
        "All charts show the same time. Drag over a chart to zoom in; double-click shows everything. Shift and dragging, or a horizontal wheel, pans; ",
        "Ctrl or Shift with the wheel zooms. With the keyboard: Tab to a chart, arrows move the cursor, Shift with arrows pans, + and \u2212 zoom, 0 shows everything."));
}

function singlePage(main) {
    document.title = `${title()} \u2013 mien report`;
    view.from = timeline.length ? timeline[0] : 0;
    view.to = timeline.length ? timeline[timeline.length - 1] + binSeconds : 1;
    [view.min, view.max] = [view.from, view.to];
    const place = el("div", {});
    let bar = null, table = null;
    const choose = (p) => {
        chosen = p;
        if (bar.select.selectedIndex !== data.people.indexOf(p)) bar.select.selectedIndex = data.people.indexOf(p);
        removeCharts(place);
        place.replaceChildren(...personSections(p));
        if (table) table.refresh();
        announce(`Person ${p.id}`);
    };
    bar = controls(choose);
    chosen = data.people[0];
    table = data.people.length ? peopleTable(data.people.length > 1 ? choose : null) : null;
    main.append(heading(), overview(), section("Warnings", warnings(data.warnings)), timeline.length ? bar : "",
        section("Coverage", timeline.length ? faceChart() : null, lanes(), table, gapTable(), help()), thumbSection() || "", place, comparison() || "", origin());
    if (chosen) choose(chosen);
    announce("");
}
