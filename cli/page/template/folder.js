/* The page of many results. */

/* Name, title, how a value is shown, and the smallest difference that this shows. */
const COLUMNS = [
    ["seconds", "Duration", (v) => clock(v, 0), 1],
    ["frames", "Frames", whole, 1],
    ["found", "With a face", percent, 0.01],
    ["people", "People", whole, 1],
    ["id_changes", "Changes of id", whole, 1],
    ["face_size", "Face height, px", (v) => number(v, 0), 1],
    ["landmark_confidence", "Landmark confidence", (v) => number(v, 2), 0.01],
    ["gaze_yaw", "Gaze yaw, \u00b0", number, 0.1],
    ["gaze_pitch", "Gaze pitch, \u00b0", number, 0.1],
    ["blinks", "Blinks per minute", number, 0.1],
];

/* A number of a result; null: not measured. */
function valueOf(r, name) {
    if (name.endsWith("%")) return r.share[name.slice(0, -1)] ?? null;
    return r[name] ?? r.mean[name] ?? null;
}

function link(r) {
    const path = [data.pages, ...r.name.split("/")].map((s) => encodeURIComponent(s)).join("/");
    return r.page ? el("a", {href: path + ".html"}, r.name) : r.name;
}

function median(values) {
    const s = values.slice().sort((a, b) => a - b), n = s.length;
    return n % 2 ? s[(n - 1) / 2] : (s[n / 2 - 1] + s[n / 2]) / 2;
}

/* Results whose value is far from the median: more than 3.5 robust standard deviations. */
function outliers(columns) {
    const found = [];
    for (const [name, title, show] of columns) {
        const have = data.results.filter((r) => valueOf(r, name) != null), values = have.map((r) => valueOf(r, name));
        if (have.length < 5) continue;
        const middle = median(values), spread = 1.4826 * median(values.map((v) => Math.abs(v - middle)));
        if (!(spread > 0)) continue;
        for (const r of have) {
            const far = Math.abs(valueOf(r, name) - middle) / spread;
            if (far > 3.5) found.push({r, name, title, far, text: show(valueOf(r, name)), middle: show(middle)});
        }
    }
    return found.sort((a, b) => b.far - a.far);
}

/* ----------------------------------------------------------------------------- histograms ---- */

/* 5 to 20 bars from `from`; a bar of whole numbers has them in its middle. */
function bars(values, low, high, counted) {
    const most = Math.min(20, Math.max(5, Math.ceil(Math.sqrt(values.length)))), range = high - low + (counted ? 1 : 0);
    const step = counted ? Math.ceil(range / most) : range / most, n = Math.ceil(range / step - 1e-9), from = counted ? low - 0.5 : low;
    const x = Array.from({length: n}, (_, i) => from + (i + 0.5) * step), counts = new Array(n).fill(0);
    for (const v of values) counts[Math.min(n - 1, Math.floor((v - from) / step))]++;
    return {x, counts, step};
}

function histogram([name, title, show, smallest]) {
    const values = data.results.map((r) => valueOf(r, name)).filter((v) => v != null);
    if (!values.length) return null;
    const low = Math.min(...values), high = Math.max(...values);
    const caption = (value) => el("figcaption", {}, el("b", {}, title), el("span", {class: "value"}, value));
    if (show(low) === show(high)) return el("figure", {}, caption(`${show(low)} in all results`));
    const {x, counts, step} = bars(values, low, high, show === whole);
    const text = `${title}: ${values.length} results from ${show(low)} to ${show(high)}, median ${show(median(values))}.`;
    const plot = el("div", {class: "plot", role: "img", "aria-label": text});
    let u = null;
    const options = {height: 120, legend: {show: false}, cursor: {show: false}, padding: [6, 12, 0, 0],
        scales: {x: {time: false, range: [x[0] - 0.75 * step, x[x.length - 1] + 0.75 * step]}, y: {range: [0, Math.max(...counts) * 1.1]}},
        axes: [{...timeAxis(), incrs: ticks(smallest), values: (w, s) => s.map((v) => show(v)), space: 60}, {...valueAxis(true), size: 34}],
        series: [{}, {fill: () => colour("accent"), stroke: () => colour("accent"), width: 0, points: {show: false}, paths: uPlot.paths.bars({size: [0.92, 100]})}]};
    addChart({node: plot,
        draw() { if (!u) u = new uPlot({...options, width: this.width || plot.clientWidth || 260}, [x, counts], plot); },
        repaint() { if (u) u.redraw(false, true); },
        resize(width) { if (u) u.setSize({width, height: 120}); }});
    return el("figure", {}, caption("median " + show(median(values))), plot);
}

/* --------------------------------------------------------------------------------- tables ---- */

function resultTable(columns, strange) {
    const far = new Set(strange.map((o) => o.r.name + "\n" + o.name));
    const shown = columns.filter(([name]) => data.results.some((r) => valueOf(r, name) != null));
    const serious = (r) => r.warnings.filter((w) => w.level === "warning").length;
    const table = sortedTable([
        {title: "Result", text: true, wrap: true, get: (r) => r.name, show: link},
        {title: "Warnings", get: serious, show: (r) => serious(r) ? el("details", {}, el("summary", {}, String(serious(r))), warnings(r.warnings)) : "0"},
        ...shown.map(([name, title, show]) => ({title, get: (r) => valueOf(r, name), show: (r) => show(valueOf(r, name)),
            mark: (r) => far.has(r.name + "\n" + name) && "outlier"})),
    ], data.results, {caption: "Results: means over all rows of all people. Columns can be sorted.", most: 200, sort: [0, false]});
    const search = el("input", {type: "search", "aria-label": "Show results whose name contains", placeholder: "Filter by name", oninput: (e) => {
        const wanted = e.target.value.toLowerCase();
        table.filter((r) => r.name.toLowerCase().includes(wanted));
    }});
    return [data.results.length > 10 ? el("p", {}, search) : null, table];
}

function failures() {
    return section("Failures", data.failures.length ? sortedTable([
        {title: "Input", text: true, wrap: true, get: (f) => f.input},
        {title: "Reason", text: true, wrap: true, get: (f) => f.message},
    ], data.failures, {caption: "Inputs without a usable result"}) : el("p", {}, "None are known."));
}

function outlierSection(strange) {
    return section("Outliers", strange.length ? sortedTable([
        {title: "Result", text: true, wrap: true, get: (o) => o.r.name, show: (o) => link(o.r)},
        {title: "Measure", text: true, get: (o) => o.title},
        {title: "Value", get: (o) => o.far, show: (o) => o.text},
        {title: "Median of all", get: (o) => o.middle},
    ], strange, {caption: "Values more than 3.5 robust standard deviations from the median", most: 30}) :
        el("p", {}, data.results.length < 5 ? "At least five results are needed." : "No value is far from the others."));
}

function folderPage(main) {
    const name = data.folder.replace(/\/+$/, "").split("/").pop() || "Results";
    document.title = `${name} \u2013 mien report`;
    const total = (f) => data.results.reduce((sum, r) => sum + (f(r) || 0), 0), names = new Set();
    for (const r of data.results) Object.keys(r.share).forEach((k) => names.add(k));
    const shares = [...names].sort().map((k) => [k + "%", k + ", share of time", percent, 0.01]), columns = [...COLUMNS, ...shares];
    const strange = outliers(columns), frames = total((r) => r.frames);
    main.append(el("header", {}, el("h1", {}, name), el("p", {class: "soft"}, `${plural(data.results.length, "result", "results")} \u00b7 mien ${data.mien}`)),
        tiles([
            ["Results", whole(data.results.length)], ["Failures", whole(data.failures.length)],
            ["Duration", clock(total((r) => r.seconds))], ["Frames", whole(frames)],
            ["Frames with a face", frames ? percent(total((r) => r.found * r.frames) / frames) : NONE],
            ["With warnings", whole(data.results.filter((r) => r.warnings.some((w) => w.level === "warning")).length), "results"],
        ]),
        failures(), section("Results", resultTable(columns, strange)), outlierSection(strange),
        section("Distributions", el("div", {class: "many"}, columns.map(histogram).filter(Boolean))));
}
