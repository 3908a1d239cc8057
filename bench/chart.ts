/**
 * A curve as an SVG. Growth is drawn with both axes logarithmic, so that a straight line is a power of what it
 * grows with; what happens over time, with both linear.
 */

export interface Curve {
  /** The file's name, without its ending. */
  readonly file: string;
  readonly title: string;
  readonly x: string;
  readonly y: string;
  /** Default: `log`. */
  readonly scale?: "log" | "linear";
  readonly series: readonly {
    readonly name: string;
    readonly points: readonly (readonly [number, number])[];
  }[];
}

const width = 640;
const height = 400;
const margin = { top: 48, right: 24, bottom: 52, left: 72 };
const colours = ["#478cbf", "#d9822b"];

export function draw({ title, x, y, scale = "log", series }: Curve): string {
  const all = series.flatMap(({ points }) => points);
  const axis = scale === "log" ? logarithmic : linear;
  const across = axis(
    all.map(([value]) => value),
    margin.left,
    width - margin.right,
  );
  const up = axis(
    all.map(([, value]) => value),
    height - margin.bottom,
    margin.top,
  );
  const grid = [
    ...across.ticks.map((tick) => {
      const at = across.place(tick);
      return `<line x1="${at}" x2="${at}" y1="${margin.top}" y2="${height - margin.bottom}" stroke="#ddd"/><text x="${at}" y="${height - margin.bottom + 18}" text-anchor="middle">${label(tick)}</text>`;
    }),
    ...up.ticks.map((tick) => {
      const at = up.place(tick);
      return `<line x1="${margin.left}" x2="${width - margin.right}" y1="${at}" y2="${at}" stroke="#ddd"/><text x="${margin.left - 8}" y="${at + 4}" text-anchor="end">${label(tick)}</text>`;
    }),
  ];
  const lines = series.map(({ name, points }, index) => {
    const colour = colours[index % colours.length];
    const places = points.map(([px, py]) => [across.place(px), up.place(py)] as const);
    const dots = places.map(([px, py]) => `<circle cx="${px}" cy="${py}" r="3.5" fill="${colour}"/>`);
    const values = points.map(
      ([, py], point) =>
        `<text x="${places[point]?.[0]}" y="${(places[point]?.[1] ?? 0) + (index === 0 ? -8 : 16)}" text-anchor="middle" fill="${colour}">${label(py)}</text>`,
    );
    const legend = `<text x="${margin.left + 10 + index * 180}" y="${margin.top - 8}" fill="${colour}">● ${name}</text>`;
    // Of a curve over time, the line says it.
    const marks = scale === "log" ? dots.join("") + values.join("") : "";
    return `<polyline fill="none" stroke="${colour}" stroke-width="2" points="${places.map((place) => place.join(",")).join(" ")}"/>${marks}${legend}`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12" fill="#444" role="img" aria-label="${title}">`,
    `<title>${title}</title>`,
    `<rect width="${width}" height="${height}" fill="white"/>`,
    `<text x="${width / 2}" y="20" text-anchor="middle" font-size="15" fill="#222">${title}</text>`,
    ...grid,
    ...lines,
    `<text x="${(margin.left + width - margin.right) / 2}" y="${height - 12}" text-anchor="middle">${x}</text>`,
    `<text x="16" y="${height / 2}" text-anchor="middle" transform="rotate(-90 16 ${height / 2})">${y}</text>`,
    "</svg>\n",
  ].join("\n");
}

interface Axis {
  readonly ticks: readonly number[];
  /** A value's pixel. */
  place(value: number): number;
}

/** Between whole powers of ten. */
function logarithmic(values: readonly number[], from: number, to: number): Axis {
  const least = Math.floor(Math.log10(Math.min(...values)));
  const most = Math.max(least + 1, Math.ceil(Math.log10(Math.max(...values))));
  return {
    ticks: Array.from({ length: most - least + 1 }, (_, index) => 10 ** (least + index)),
    place: (value) => pixel((Math.log10(value) - least) / (most - least), from, to),
  };
}

/** From 0, in five or so round steps. */
function linear(values: readonly number[], from: number, to: number): Axis {
  const largest = Math.max(...values, 1);
  const rough = 10 ** Math.floor(Math.log10(largest / 5));
  const step = [1, 2, 5, 10].map((factor) => factor * rough).find((one) => largest / one <= 6) ?? largest;
  const count = Math.ceil(largest / step);
  return {
    ticks: Array.from({ length: count + 1 }, (_, index) => index * step),
    place: (value) => pixel(value / (count * step), from, to),
  };
}

const pixel = (part: number, from: number, to: number) => Math.round((from + part * (to - from)) * 10) / 10;

const label = (value: number) => value.toLocaleString("en", { maximumSignificantDigits: 3 });
