/** A growth curve as an SVG: both axes logarithmic, so that a straight line is a power of what it grows with. */

export interface Curve {
  /** The file's name, without its ending. */
  readonly file: string;
  readonly title: string;
  readonly x: string;
  readonly y: string;
  readonly series: readonly {
    readonly name: string;
    readonly points: readonly (readonly [number, number])[];
  }[];
}

const width = 640;
const height = 400;
const margin = { top: 48, right: 24, bottom: 52, left: 72 };
const colours = ["#478cbf", "#d9822b"];

export function draw({ title, x, y, series }: Curve): string {
  const all = series.flatMap(({ points }) => points);
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
    return `<polyline fill="none" stroke="${colour}" stroke-width="2" points="${places.map((place) => place.join(",")).join(" ")}"/>${dots.join("")}${values.join("")}${legend}`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12" fill="#444">`,
    `<rect width="${width}" height="${height}" fill="white"/>`,
    `<text x="${width / 2}" y="20" text-anchor="middle" font-size="15" fill="#222">${title}</text>`,
    ...grid,
    ...lines,
    `<text x="${(margin.left + width - margin.right) / 2}" y="${height - 12}" text-anchor="middle">${x}</text>`,
    `<text x="16" y="${height / 2}" text-anchor="middle" transform="rotate(-90 16 ${height / 2})">${y}</text>`,
    "</svg>\n",
  ].join("\n");
}

/** A logarithmic scale between whole powers of ten; `place` gives a value's pixel. */
function axis(values: readonly number[], from: number, to: number) {
  const least = Math.floor(Math.log10(Math.min(...values)));
  const most = Math.max(least + 1, Math.ceil(Math.log10(Math.max(...values))));
  return {
    ticks: Array.from({ length: most - least + 1 }, (_, index) => 10 ** (least + index)),
    place: (value: number) =>
      Math.round((from + ((Math.log10(value) - least) / (most - least)) * (to - from)) * 10) / 10,
  };
}

const label = (value: number) => value.toLocaleString("en", { maximumSignificantDigits: 3 });
