#!/usr/bin/env python3
"""Agreement of a tool with labels, from the definitions, in plain Python. It shares no code or formula
with mien, which computes from sums: here every frame is looked at, and the ICCs come from the sums of
squares of a two-way table.

With scikit-learn and pingouin installed (agreement.txt), this file compares itself with them:

    python3 tests/reference/agreement.py
"""
import math
import random
import statistics


def presence(label, tool):
    """Of two lists of 0 and 1."""
    n = len(label)
    tp = sum(1 for a, b in zip(label, tool) if a and b)
    fp = sum(1 for a, b in zip(label, tool) if not a and b)
    fn = sum(1 for a, b in zip(label, tool) if a and not b)
    tn = n - tp - fp - fn
    agreed = (tp + tn) / n
    chance = sum((label.count(v) / n) * (tool.count(v) / n) for v in (0, 1))
    product = (tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)
    return {"base_rate_label": sum(label) / n, "base_rate_tool": sum(tool) / n,
            "precision": tp / (tp + fp) if tp + fp else None,
            "recall": tp / (tp + fn) if tp + fn else None,
            "f1": 2 * tp / (2 * tp + fp + fn) if tp + fp + fn else None,
            "kappa": (agreed - chance) / (1 - chance) if chance < 1 else None,
            "mcc": (tp * tn - fp * fn) / math.sqrt(product) if product else None}


def anova(label, tool):
    """Mean squares of frames, raters and the rest of a table with two raters."""
    n, rows = len(label), list(zip(label, tool))
    grand = statistics.fmean(label + tool)
    raters = [statistics.fmean(label), statistics.fmean(tool)]
    total = sum((v - grand) ** 2 for row in rows for v in row)
    frames = sum(2 * (statistics.fmean(row) - grand) ** 2 for row in rows)
    between = sum(n * (m - grand) ** 2 for m in raters)
    return frames / (n - 1), between, (total - frames - between) / (n - 1)


def intensity(label, tool):
    n, ml, mt = len(label), statistics.fmean(label), statistics.fmean(tool)
    vl, vt = (statistics.fmean([(v - m) ** 2 for v in values]) for values, m in ((label, ml), (tool, mt)))
    covariance = statistics.fmean([(a - ml) * (b - mt) for a, b in zip(label, tool)])
    frames, raters, rest = anova(label, tool)
    return {"pcc": covariance / math.sqrt(vl * vt) if vl * vt > 0 else None,
            "ccc": 2 * covariance / (vl + vt + (ml - mt) ** 2),
            "icc21": (frames - rest) / (frames + rest + 2 * (raters - rest) / n),
            "icc31": (frames - rest) / (frames + rest),
            "mae": statistics.fmean([abs(a - b) for a, b in zip(label, tool)]), "bias": mt - ml}


def example():
    """Intensities of a label and a tool; their values by the packages are in RECORDED."""
    rng = random.Random(7)
    label = [max(0, min(5, round(rng.gauss(1.2, 1.5)))) for _ in range(200)]
    tool = [round(max(0, min(5, 0.8 * v + rng.gauss(0.4, 0.7))), 3) for v in label]
    return label, tool


def with_packages(label, tool, threshold):
    """The same by scikit-learn 1.9.1 and pingouin 0.7.0."""
    import pandas
    import pingouin
    from sklearn import metrics
    a, b = [int(v >= threshold) for v in label], [int(v >= 1) for v in tool]
    table = pandas.DataFrame({"frame": list(range(len(label))) * 2, "rater": ["l"] * len(label) + ["t"] * len(tool),
                              "value": list(label) + list(tool)})
    icc = pingouin.intraclass_corr(table, "frame", "rater", "value")
    icc = dict(zip(icc["Type"], icc["ICC"]))
    found = {name: icc[next(k for k in keys if k in icc)]
             for name, keys in {"icc21": ("ICC2", "ICC(A,1)"), "icc31": ("ICC3", "ICC(C,1)")}.items()}
    found["pcc"] = pingouin.corr(label, tool)["r"].iloc[0]
    return {**{k: float(v) for k, v in found.items()},
            "f1": metrics.f1_score(a, b), "precision": metrics.precision_score(a, b),
            "recall": metrics.recall_score(a, b), "kappa": metrics.cohen_kappa_score(a, b),
            "mcc": metrics.matthews_corrcoef(a, b), "mae": metrics.mean_absolute_error(label, tool)}


def ours(label, tool, threshold):
    a, b = [int(v >= threshold) for v in label], [int(v >= 1) for v in tool]
    return {**presence(a, b), **intensity(label, tool)}


# with_packages(*example(), 2), rounded
RECORDED = {"icc21": 0.791970316, "icc31": 0.800210155, "pcc": 0.800829003, "f1": 0.823008850,
            "precision": 0.715384615, "recall": 0.968750000, "kappa": 0.604743083, "mcc": 0.642064177,
            "mae": 0.580800000}


def differences(have, want):
    return {k: (have[k], v) for k, v in want.items() if abs(have[k] - v) > 1e-6}


if __name__ == "__main__":
    found = with_packages(*example(), 2)
    print("RECORDED = {" + ", ".join(f'"{k}": {v:.9f}' for k, v in found.items()) + "}")
    wrong = differences(ours(*example(), 2), found)
    print(wrong or "agreement.py and the packages give the same")
