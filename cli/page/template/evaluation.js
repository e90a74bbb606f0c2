/* The page of mien evaluate. */

const SCORINGS = [["all", "All labelled frames"], ["measured", "Only frames with a face"]];
const KINDS = [["unit", "Action units"], ["gaze", "Gaze"], ["landmarks", "Landmarks"]];
const COUNTS = new Set(["n"]), SHARES = new Set(["coverage", "base_rate_label", "base_rate_tool", "failures"]);

/* "base rate label", "ICC(2,1)" */
function scoreName(name) {
    return name.replace(/^icc(\d)(\d)$/, "ICC($1,$2)").replaceAll("_", " ");
}

function scoreText(metric, v) {
    return COUNTS.has(metric) ? whole(Math.round(v)) : SHARES.has(metric) ? percent(v) : number(v, 3);
}

function scoreCell(metric, s) {
    if (s.value == null) return NONE;
    const interval = s.low == null ? null : el("div", {class: "soft"}, `${scoreText(metric, s.low)} to ${scoreText(metric, s.high)}`);
    return el("div", {}, scoreText(metric, s.value), interval);
}

function scoreTable(kind, title, scoring, words) {
    const rows = Object.entries(data.items).filter(([, item]) => item.kind === kind).map(([name, item]) => ({name, title: item.title, scores: item[scoring]}));
    return sortedTable([
        {title: "", text: true, get: (r) => r.name, show: (r) => r.title},
        ...data.kinds[kind].map(({name, meaning}) => ({title: scoreName(name), help: meaning,
            get: (r) => r.scores[name].value, show: (r) => scoreCell(name, r.scores[name])})),
    ], rows, {caption: `${title}: ${words.toLowerCase()}. Below each score: its 95 % interval.`});
}

/* One line for each action unit: the score as a dot on its interval, from 0 to 1. */
function intervalChart(metric, title) {
    const rows = Object.entries(data.items).filter(([, i]) => i.kind === "unit" && i.all[metric].value != null);
    if (!rows.length) return null;
    const at = (v) => (100 * Math.min(1, Math.max(0, v))).toFixed(2) + "%";
    const line = ([name, item]) => {
        const s = item.all[metric], low = s.low ?? s.value, high = s.high ?? s.value;
        return el("tr", {}, el("th", {scope: "row", class: "text"}, item.title), el("td", {class: "interval"},
            el("span", {style: `left:${at(low)};right:calc(100% - ${at(high)})`}), el("i", {style: `left:${at(s.value)}`})),
        el("td", {}, scoreText(metric, s.value)));
    };
    return el("figure", {}, el("figcaption", {}, el("b", {}, title), el("span", {class: "value"}, "0 to 1, all labelled frames")),
        el("table", {class: "intervals"}, el("tbody", {}, rows.map(line))));
}

function evaluationPage(main) {
    document.title = "mien evaluate";
    const kinds = KINDS.filter(([kind]) => Object.values(data.items).some((i) => i.kind === kind));
    main.append(el("header", {}, el("h1", {}, "Agreement with labels"), data.statements.map((s) => el("p", {}, s))),
        ...kinds.map(([kind, title]) => section(title,
            kind === "unit" ? el("div", {class: "halves"}, intervalChart("f1", "F1 of presence"), intervalChart("icc31", "ICC(3,1) of intensity")) : null,
            ...SCORINGS.map(([scoring, words]) => [el("h3", {}, words), scoreTable(kind, title, scoring, words)]).flat())),
        section("Terms", ...kinds.map(([kind, title]) => pairs(title, data.kinds[kind].map((m) => [scoreName(m.name), m.meaning])))));
}
