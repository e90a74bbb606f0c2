/* How a result was made: the sidecar. */

function readSidecar() {
    try {
        const read = JSON.parse(data.sidecar);
        return read && typeof read === "object" ? read : null;
    } catch {
        return null; /* none, or damaged: a warning says so */
    }
}

const sidecar = data.sidecar ? readSidecar() : null;

const models = (sidecar && Array.isArray(sidecar.models) ? sidecar.models : []).filter((m) => m && typeof m === "object");

/* Action units that are experimental with the models of the result. */
const experimental = new Set(models.flatMap((m) => m.experimental || []));

function warnings(list) {
    if (!list.length) return el("p", {}, "Nothing conspicuous was found.");
    return el("ul", {class: "warnings"}, list.map((w) => el("li", {class: w.level},
        el("strong", {}, w.level === "warning" ? "\u26a0 Warning:" : "Note:"), w.text)));
}

function showValue(v) {
    if (v === null || v === undefined) return NONE;
    if (Array.isArray(v)) return v.map(showValue).join(", ");
    if (typeof v === "object") return Object.entries(v).map(([k, x]) => `${k}: ${showValue(x)}`).join(", ");
    return typeof v === "number" ? String(+v.toFixed(6)).replace("-", MINUS) : String(v);
}

function entries(o, without) {
    return Object.entries(o && typeof o === "object" ? o : {}).filter(([k]) => !without.includes(k))
        .map(([k, v]) => [k.replace(/_/g, " "), showValue(v)]);
}

function modelTable(models) {
    return sortedTable([
        {title: "Role", text: true, get: (m) => showValue(m.role)},
        {title: "Model", text: true, get: (m) => showValue(m.name)},
        {title: "Licence", text: true, get: (m) => showValue(m.licence)},
        {title: "Computed by", text: true, get: (m) => showValue(m.provider)},
        {title: "File", text: true, wrap: true, get: (m) => showValue(m.file), show: (m) => el("code", {}, showValue(m.file))},
        {title: "SHA-256", text: true, wrap: true, get: (m) => showValue(m.sha256), show: (m) => el("code", {}, showValue(m.sha256))},
    ], models, {caption: "Models"});
}

/* The section "How it was made". */
function origin() {
    if (!sidecar) return section("How it was made", el("p", {}, "There is no sidecar, so models and options are not known."));
    return section("How it was made",
        models.length ? modelTable(models) : null,
        el("div", {class: "three"},
            pairs("Options", entries(sidecar.options, [])),
            pairs("Input", entries(sidecar.input, [])),
            pairs("Run", [...entries(sidecar.versions, []), ...entries(sidecar, ["versions", "models", "options", "input", "timings", "frames", "faces", "rows", "people"]),
                ...entries(sidecar.timings, ["stages"])])));
}
