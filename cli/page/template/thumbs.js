/* Pictures of the best and the worst faces: planes of 4:2:0, BT.601 with limited range. */

function paintThumb(canvas, t) {
    const p = new Uint8Array(bytes(t.pixels)), w = t.width, h = t.height, image = new ImageData(w, h), u = w * h, v = u + u / 4;
    for (let y = 0, k = 0; y < h; y++)
        for (let x = 0; x < w; x++, k += 4) {
            const c = (y >> 1) * (w >> 1) + (x >> 1), l = 1.164 * (p[y * w + x] - 16), b = p[u + c] - 128, r = p[v + c] - 128;
            image.data[k] = l + 1.596 * r;
            image.data[k + 1] = l - 0.392 * b - 0.813 * r;
            image.data[k + 2] = l + 2.017 * b;
            image.data[k + 3] = 255;
        }
    const g = canvas.getContext("2d");
    g.putImageData(image, 0, 0);
    g.strokeStyle = "#fff";
    g.lineWidth = 2;
    g.shadowColor = "#000";
    g.shadowBlur = 2;
    g.strokeRect(t.box[0] * w, t.box[1] * h, t.box[2] * w, t.box[3] * h);
}

function thumb(t) {
    const text = `Person ${t.person} at ${clock(t.time, 1)}, frame ${whole(t.frame)}`;
    const canvas = el("canvas", {width: t.width, height: t.height, role: "img", "aria-label": `${t.best ? "One of the best" : "One of the worst"} faces: ${text}`});
    paintThumb(canvas, t);
    return el("figure", {class: "thumb"}, canvas, el("figcaption", {}, el("small", {}, text)));
}

/* null: the report was made without them */
function thumbSection() {
    if (!data.thumbnails) return null;
    if (!data.thumbnails.length) return section("Pictures", el("p", {}, "The video was not found, or no face."));
    const row = (title, best) => {
        const list = data.thumbnails.filter((t) => t.best === best);
        return list.length ? [el("h3", {}, title), el("div", {class: "thumbs"}, list.map(thumb))] : [];
    };
    return section("Pictures", row("Best faces", true), row("Worst faces", false),
        el("p", {class: "soft"}, "Ranked by size, head turn and confidence, as far as the result has them."));
}
