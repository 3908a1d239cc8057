/** Large scenes, end to end, against the same loads by a bare engine; and how a load grows with the nodes. */
import type { Curve } from "../chart.ts";
import { median, time } from "../measure.ts";
import { sceneOf, sizes, smallScenes, textureScene } from "../project.ts";
import type { Row } from "../row.ts";
import type { Subject } from "../subject.ts";

interface Pair {
  readonly ours: number;
  readonly bare: number;
}

export const largeScene: Row = {
  title: "Large scenes",
  async measure(subject, quick) {
    const textures = await compare(subject, textureScene, quick ? 3 : 9);
    const bySize = new Map<number, Pair>();
    for (const size of quick ? sizes.slice(0, -1) : sizes) {
      const rounds = size >= 100_000 ? 3 : quick ? 5 : 15;
      bySize.set(size, await compare(subject, sceneOf(size), rounds));
    }
    const large = bySize.get(10_000) as Pair;
    return {
      results: [
        {
          name: "scene of 10,000 nodes / the engine's own load",
          value: large.ours,
          reference: large.bare,
          unit: "ms",
          target: 1.1,
        },
        {
          name: "scene with 100 MB of textures / the engine's own load",
          value: textures.ours,
          reference: textures.bare,
          unit: "ms",
          target: 1.1,
        },
      ],
      curves: [growth(bySize)],
    };
  },
};

/** Each round in a bare engine and through the server in turns; a small scene in between. */
async function compare({ rest, bareLoads }: Subject, scene: string, rounds: number): Promise<Pair> {
  const [small] = smallScenes;
  const request = rest.prepare("POST", "/scene/load", { scene_path: scene });
  const back = rest.prepare("POST", "/scene/load", { scene_path: small });
  const ours: number[] = [];
  const bare: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    // The first of each two is the warm-up of its engine: what it reads is in the page cache afterwards.
    const [, , second = Number.NaN] = await bareLoads([scene, small, scene]);
    bare.push(second);
    await rest.send(request);
    await rest.send(back);
    ours.push(await time(() => rest.send(request)));
    await rest.send(back);
  }
  return { ours: median(ours), bare: median(bare) };
}

const growth = (bySize: ReadonlyMap<number, Pair>): Curve => ({
  file: "load_by_nodes",
  title: "A verified load, by nodes in the scene",
  x: "nodes",
  y: "ms, median",
  series: [
    { name: "through the server", points: [...bySize].map(([size, { ours }]) => [size, ours]) },
    { name: "a bare engine", points: [...bySize].map(([size, { bare }]) => [size, bare]) },
  ],
});
