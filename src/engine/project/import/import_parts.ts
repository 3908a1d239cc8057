/** Assets that are imported with files which they name, and which the engine does not read again by themselves. */
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";

/** By the part: a glTF's buffers, a Wavefront model's materials, a bitmap font's pages. */
const owners: readonly (readonly [part: RegExp, owner: RegExp])[] = [
  [/\.bin$/i, /\.gltf$/i],
  [/\.mtl$/i, /\.obj$/i],
  [/\.(bmp|dds|exr|hdr|jpe?g|ktx2?|png|svg|tga|webp)$/i, /\.(fnt|font)$/i],
];

/** A file that is nothing by itself, and in no list of Godot's. */
export const isPart = (path: string): boolean => /\.(bin|mtl)$/i.test(path);

/** The assets that name one of the changed files, which Godot itself takes for unchanged. */
export async function ownersOf(
  root: string,
  changed: readonly string[],
  all: Iterable<string>,
): Promise<Set<string>> {
  const found = new Set<string>();
  const kinds = owners.flatMap(([part, owner]) => {
    const names = changed.filter((path) => part.test(path)).map((path) => basename(path));
    return names.length > 0 ? [{ owner, names }] : [];
  });
  if (kinds.length === 0) return found;
  for (const path of all)
    for (const { owner, names } of kinds)
      if (owner.test(path)) {
        const text = await readFile(join(root, path), "latin1").catch(() => "");
        if (names.some((name) => spellings(name).some((spelling) => text.includes(spelling))))
          found.add(path);
      }
  return found;
}

/** As it is, and as a URI has it. */
const spellings = (name: string) => [Buffer.from(name).toString("latin1"), encodeURIComponent(name)];
