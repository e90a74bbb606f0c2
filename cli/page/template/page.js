/* Elements, numbers and colours; the data. */

const data = JSON.parse(document.getElementById("data").textContent);

/* el("p", {class: "soft"}, "text", node): texts are never parsed as HTML. */
function el(tag, attributes, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
        if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
        else if (value === true) node.setAttribute(name, "");
        else if (value !== false && value != null) node.setAttribute(name, value);
    }
    node.append(...children.flat().filter((c) => c != null && c !== false));
    return node;
}

function section(title, ...children) {
    const id = title.toLowerCase().replace(/[^a-z]+/g, "-");
    return el("section", {id, "aria-labelledby": id + "-title"}, el("h2", {id: id + "-title"}, title), ...children);
}

function tiles(list) {
    return el("dl", {class: "tiles"}, list.filter(Boolean).map(([name, value, more]) =>
        el("div", {}, el("dt", {}, name), el("dd", {}, value, more ? el("small", {}, more) : null))));
}

function announce(text) {
    document.getElementById("announce").textContent = text;
}

const MINUS = "\u2212", NONE = "\u2013";

function number(v, decimals = 1) {
    if (v == null || !isFinite(v)) return NONE;
    return v.toFixed(decimals).replace(/^-(0(\.0*)?)$/, "$1").replace("-", MINUS);
}

function whole(v) {
    return v == null ? NONE : v.toLocaleString("en-GB");
}

function percent(v) {
    if (v == null || !isFinite(v)) return NONE;
    return number(100 * v, v > 0 && v < 0.0995 ? 1 : 0) + " %";
}

/* 3725.25 -> "1:02:05.3"; decimals: of the seconds */
function clock(seconds, decimals = 0) {
    const unit = 10 ** decimals, t = Math.round(Math.max(0, seconds) * unit) / unit;
    const h = Math.floor(t / 3600), m = Math.floor(t / 60) % 60;
    const s = (t % 60).toFixed(decimals).padStart(decimals ? 3 + decimals : 2, "0");
    return h ? `${h}:${String(m).padStart(2, "0")}:${s}` : `${m}:${s}`;
}

function plural(n, one, many) {
    return `${whole(n)} ${n === 1 ? one : many}`;
}

function colour(name) {
    return getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();
}

function rgb(hex) {
    return [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
}

/* 256 colours between --low and --high, as pixels of a canvas; through blue-green in dark pages. */
function ramp() {
    const low = rgb(colour("low")), high = rgb(colour("high"));
    const dark = low[0] < 128, middle = dark ? [38, 130, 142] : [66, 146, 198];
    return Uint32Array.from({length: 256}, (_, i) => {
        const t = i / 255, [a, b, u] = t < 0.5 ? [low, middle, 2 * t] : [middle, high, 2 * t - 1];
        const c = a.map((v, k) => Math.round(v + (b[k] - v) * u));
        return (255 << 24 | c[2] << 16 | c[1] << 8 | c[0]) >>> 0;
    });
}

/* ---------------------------------------------------------------------------------- arrays ---- */

function bytes(text) {
    const binary = atob(text), out = new Uint8Array(binary.length);
    for (let i = 0; i < out.length; i++) out[i] = binary.charCodeAt(i);
    return out.buffer;
}

const int16 = (text) => new Int16Array(bytes(text));
const int32 = (text) => new Int32Array(bytes(text));
const float32 = (text) => new Float32Array(bytes(text));

/* First index of a sorted array whose value is at least v. */
function lower(array, v) {
    let from = 0, to = array.length;
    while (from < to) {
        const middle = (from + to) >> 1;
        if (array[middle] < v) from = middle + 1;
        else to = middle;
    }
    return from;
}

/* ------------------------------------------------------------------------------------ start ---- */

function start() {
    const main = document.getElementById("main");
    if (data.kind === "evaluation") evaluationPage(main);
    else if (data.kind === "folder") folderPage(main);
    else singlePage(main);
}
