/* The charts of one person. */

const timeline = data.kind === "single" ? float32(data.time) : new Float32Array(0);
const units = (data.measures || []).filter((m) => m.unit);
const binSeconds = timeline.length > 1 ? (timeline[timeline.length - 1] - timeline[0]) / (timeline.length - 1) : 1;

/* Series of a person: x (seconds) and, by name, values; null where the person is not seen. */
function seriesOf(p) {
    const bins = p.bins ? int32(p.bins) : new Int32Array(0), at = [], x = [], made = {};
    for (let i = 0; i < bins.length; i++) {
        if (i && bins[i] > bins[i - 1] + 1) {
            at.push(-1);
            x.push(timeline[bins[i - 1] + 1]);
        }
        at.push(i);
        x.push(timeline[bins[i]]);
    }
    return {x, has: (name) => Boolean(p.series && p.series[name]), get(name) {
        if (!made[name]) {
            const [scale, text] = p.series[name], values = int16(text);
            made[name] = at.map((i) => (i < 0 || values[i] === -32768 ? null : values[i] * scale));
        }
        return made[name];
    }};
}

function summary(p, title, names, unit) {
    return `${title} of person ${p.id} over time. ` + names.map(([name, label]) => {
        const s = p.stats[name];
        return `${label || title}: mean ${number(s.mean)}${unit}, from ${number(s.min)} to ${number(s.max)}${unit}.`;
    }).join(" ") + " Arrow keys move the cursor, plus and minus zoom, Shift with arrows pans.";
}

/* names: [[measure, label]]; null if the person has none of them. */
function measureChart(p, s, title, names, options) {
    const have = names.filter(([name]) => s.has(name));
    if (!have.length) return null;
    return timeChart({title, x: s.x, rows: have.map(([name]) => s.get(name)), names: have.map(([, label]) => label || title),
        summary: summary(p, title, have, options.units), height: 120, decimals: 1, ...options});
}

/* -------------------------------------------------------------------------------- sections ---- */

function qualitySection(p, s) {
    const charts = [
        measureChart(p, s, "Face height", [["face_size"]], {units: " px", decimals: 0, least: 20}),
        measureChart(p, s, "Sharpness", [["sharpness"]], {units: "", least: 1}),
        measureChart(p, s, "Brightness", [["brightness"]], {units: "", decimals: 0, range: [0, 255]}),
        measureChart(p, s, "Landmark confidence", [["landmark_confidence"]], {units: "", decimals: 2, range: [0, 1.02]}),
        measureChart(p, s, "Detection confidence", [["confidence"]], {units: "", decimals: 2, range: [0, 1.02]}),
        measureChart(p, s, "Head turn", [["head_yaw", "yaw"], ["head_pitch", "pitch"], ["head_roll", "roll"]],
            {units: "\u00b0", height: 150, least: 20}),
    ].filter(Boolean);
    const without = [["sharpness", "sharpness"], ["brightness", "brightness"], ["landmark_confidence", "landmark confidence"], ["head_yaw", "head pose"]]
        .filter(([name]) => !s.has(name)).map(([, label]) => label);
    return section("Quality", charts.length ? charts : el("p", {}, "The result has no measure of quality."),
        without.length && charts.length ? el("p", {class: "soft"}, `Not in this result: ${without.join(", ")}.`) : null);
}

function gazeSection(p, s) {
    const names = [["gaze_yaw", "yaw"], ["gaze_pitch", "pitch"]];
    if (!names.every(([n]) => s.has(n))) return section("Gaze", el("p", {}, "The result has no gaze of this person."));
    const yaw = p.stats.gaze_yaw, pitch = p.stats.gaze_pitch;
    const text = `Where person ${p.id} looks: on average ${number(yaw.mean)} degrees to image left and ${number(pitch.mean)} degrees up, ` +
        `with standard deviations of ${number(yaw.sd)} and ${number(pitch.sd)} degrees.`;
    return section("Gaze", el("div", {class: "two"},
        el("div", {},
            measureChart(p, s, "Gaze yaw", [names[0]], {units: "\u00b0", height: 170, least: 20}),
            measureChart(p, s, "Gaze pitch", [names[1]], {units: "\u00b0", height: 170, least: 20}),
            el("p", {class: "soft"}, "Angles from the line to the camera; yaw is positive to image left, pitch up. " + text)),
        density(s.get("gaze_yaw"), s.get("gaze_pitch"), new Uint8Array(s.x.length).fill(1), text)));
}

/* The three units that are active for the longest time. */
function mainUnits(p) {
    const share = (m) => p.stats[m.name].share + p.stats[m.name].mean / 1000;
    return units.filter((m) => p.stats[m.name]).sort((a, b) => share(b) - share(a)).slice(0, 3).map((m) => m.name);
}

let shown = null; /* names of the units with curves; kept when another person is chosen */

function unitSection(p, s) {
    const have = units.filter((m) => s.has(m.name));
    if (!have.length) return section("Action units", el("p", {}, "The result has no action units of this person."));
    const heat = strip({title: "Intensity of all action units", key: scaleKey(5), row: 17, rows: have.map((m) => ({label: m.name, measure: m})),
        summary: `Action units of person ${p.id} over time, one row for each; the table below has their means. Arrow keys choose row and time.`,
        paint: (g, left, width, top, height, r) => paintHeat(g, left, width, top, height, s.x, s.get(r.measure.name), 5, ramp(), binSeconds),
        describe: (t, r) => {
            const i = lower(s.x, t + binSeconds / 2) - 1;
            const v = i >= 0 && s.x[i] > t - 2 * binSeconds ? s.get(r.measure.name)[i] : null;
            return `${clock(t, 1)}  ${r.measure.label} ${number(v, 2)}`;
        }});
    const curves = el("div", {});
    shown = (shown || mainUnits(p)).filter((n) => s.has(n));
    const draw = () => {
        removeCharts(curves);
        const c = shown.length && timeChart({title: "Curves", x: s.x, rows: shown.map((n) => s.get(n)), names: shown, units: "", decimals: 1,
            height: 190, range: [0, 5.1], summary: summary(p, "Intensity", shown.map((n) => [n, n]), "")});
        curves.replaceChildren(c || el("p", {class: "soft"}, "Choose action units in the table to see their curves."));
    };
    draw();
    return section("Action units", heat, curves, unitTable(p, have, draw));
}

function unitTable(p, have, draw) {
    const box = (m) => el("label", {}, el("input", {type: "checkbox", checked: shown.includes(m.name), onchange: (e) => {
        shown = e.target.checked ? [...shown, m.name] : shown.filter((n) => n !== m.name);
        draw();
    }}), " " + m.label, experimental.has(m.name) ? el("span", {class: "tag"}, "experimental") : null);
    const stat = (m) => p.stats[m.name];
    return sortedTable([
        {title: "Action unit", text: true, get: (m) => m.unit, show: box},
        {title: "Mean", get: (m) => stat(m).mean, show: (m) => number(stat(m).mean, 2)},
        {title: "Share of time", help: "Frames with an intensity of at least 1", get: (m) => stat(m).share, show: (m) => percent(stat(m).share), part: (m) => stat(m).share},
        {title: "Largest", get: (m) => stat(m).max, show: (m) => number(stat(m).max, 2)},
    ], have, {caption: `Action units of person ${p.id}: intensity from 0 to 5; share of time: intensity at least 1. A check mark shows the curve.`});
}

function eyesSection(p, s) {
    if (!p.eyes || !s.has("AU45")) return section("Blinks", el("p", {}, "The result has no AU45 of this person, so blinks are not known."));
    const e = p.eyes, at = int32(e.at), rate = data.coverage.rate, minutes = rate ? p.stats.AU45.n / rate / 60 : 0;
    const mark = (u) => {
        const g = u.ctx, ratio = window.devicePixelRatio || 1;
        g.save();
        g.fillStyle = colour("c1");
        for (let i = 0; i < at.length; i += 2) {
            const from = at[i] / 1000, lasts = (at[i + 1] < 0 ? -at[i + 1] - 1 : at[i + 1]) / 1000;
            if (from > view.max || from + lasts < view.min) continue;
            const left = u.valToPos(Math.max(from, view.min), "x", true), right = u.valToPos(Math.min(from + lasts, view.max), "x", true);
            g.globalAlpha = at[i + 1] < 0 ? 0.18 : 0.9;
            g.fillRect(left, u.bbox.top, Math.max(2 * ratio, right - left), at[i + 1] < 0 ? u.bbox.height : 6 * ratio);
        }
        g.restore();
    };
    return section("Blinks", tiles([
        ["Blinks", whole(e.blinks)],
        ["Per minute", minutes > 0 ? number(e.blinks / minutes) : NONE, "while the face is seen"],
        ["Mean duration", e.blinks ? number(1000 * e.blink_seconds / e.blinks, 0) + " ms" : NONE, "onset to offset"],
        ["Eyes closed", whole(e.closed), e.closed ? `${number(e.closed_seconds)} s in all` : "closures that are no blinks"],
    ]), measureChart(p, s, "AU45 (closing of the eyes)", [["AU45"]], {units: "", height: 120, range: [0, 5.1], marks: mark}),
    el("p", {class: "soft"}, "Marks at the top are blinks: AU45 reaches 1 and falls below 0.5 within half a second. Broad bands are longer closures. ",
        data.lids ? "AU45 comes from the distance of the lids. " : "", experimental.has("AU45") && !data.lids ? "AU45 is experimental with these models." : ""));
}

function personSections(p) {
    const s = seriesOf(p);
    if (!s.x.length)
        return [section("Person " + p.id, el("p", {}, p.frames ? "Only statistics are kept of this person, because the result has so many people." :
            "The result has no trusted rows of this person."))];
    return [gazeSection(p, s), unitSection(p, s), eyesSection(p, s), qualitySection(p, s)];
}
