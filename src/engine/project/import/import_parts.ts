/** Assets that are imported with files which they name, and which the engine does not read again by themselves. */
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";

/**
 * By the part: a glTF's buffers, a Wavefront model's materials, what a compute shader includes, a bitmap font's pages,
 * and the script that a scene's import runs at its end, which is named by the settings of the import.
 */
const owners: readonly (readonly [part: RegExp, owner: RegExp])[] = [
  [/\.bin$/i, /\.gltf$/i],
  [/\.mtl$/i, /\.obj$/i],
  [/\.glsl(inc)?$/i, /\.glsl$/i],
  [/\.gd$/i, /\.(blend|dae|escn|fbx|glb|gltf|obj)\.import$/i],
  [/\.(bmp|dds|exr|hdr|jpe?g|ktx2?|png|svg|tga|webp)$/i, /\.(fnt|font)$/i],
];

/** A file that is nothing by itself, and in no list of Godot's. */
export const isPart = (path: string): boolean => /\.(bin|mtl|glslinc)$/i.test(path);

/** The assets that name one of the changed files, which Godot itself takes for unchanged. */
export async function ownersOf(
  root: string,
  changed: readonly string[],
  all: Iterable<string>,
): Promise<Set<string>> {
  const found = new Set<string>();
  const kinds = await Promise.all(
    owners.map(async ([part, owner]) => {
      const parts = changed.filter((path) => part.test(path));
      return { owner, names: (await Promise.all(parts.map((path) => namesOf(root, path)))).flat() };
    }),
  );
  const wanted = kinds.filter(({ names }) => names.length > 0);
  if (wanted.length === 0) return found;
  for (const path of all)
    for (const { owner, names } of wanted)
      if (owner.test(path)) {
        const text = await readFile(join(root, path), "latin1").catch(() => "");
        if (names.some((name) => text.includes(name))) found.add(path.replace(/\.import$/, ""));
      }
  return found;
}

/** As it is, as a URI has it, and by its uid. */
async function namesOf(root: string, path: string): Promise<string[]> {
  const name = basename(path);
  const uid = await readFile(join(root, `${path}.uid`), "latin1").catch(() => "");
  return [Buffer.from(name).toString("latin1"), encodeURIComponent(name), uid.trim()].filter(Boolean);
}
