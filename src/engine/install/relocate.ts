/** Makes an unpacked Debian Godot run with the libraries unpacked beside it, rather than the machine's. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";

interface Layout {
  readonly libraries: string;
  readonly loader: string;
}

/** Where Debian keeps libraries and the program loader, by its name for the architecture. */
export function layoutOf(architecture: string): Layout | undefined {
  const known: Record<string, [triplet: string, loader: string]> = {
    amd64: ["x86_64-linux-gnu", "ld-linux-x86-64.so.2"],
    arm64: ["aarch64-linux-gnu", "ld-linux-aarch64.so.1"],
  };
  const [triplet, loader] = known[architecture] ?? [];
  if (!triplet || !loader) return undefined;
  return { libraries: `usr/lib/${triplet}`, loader: `usr/lib/${triplet}/${loader}` };
}

/**
 * @param root holds the unpacked packages, patchelf among them
 * @param place where `root` will be moved to; only there does its Godot run
 * @throws {Error} when patchelf fails
 */
export async function relocate(
  root: string,
  place: string,
  { libraries, loader }: Layout,
  signal: AbortSignal | undefined,
): Promise<void> {
  // patchelf itself needs the unpacked C library. Its paths are relative: a path list has no way to quote a colon.
  const patch = (...args: string[]) =>
    execa(join(root, loader), ["--library-path", libraries, "usr/bin/patchelf", ...args], {
      cwd: root,
      ...(signal ? { cancelSignal: signal } : {}),
    });
  const beside = `$ORIGIN/../../${libraries}`;
  await patch("--set-interpreter", join(place, loader), "usr/bin/godot");
  // An RPATH, unlike a RUNPATH, also holds for what the libraries need in turn.
  await patch("--force-rpath", "--set-rpath", `${beside}:${beside}/pulseaudio`, "usr/bin/godot");
  for (const file of await readdir(join(root, libraries))) {
    // These carry a RUNPATH of their own, to a folder of the machine's.
    if (/^libpulse.*\.so\.\d+\./.test(file))
      await patch("--set-rpath", "$ORIGIN:$ORIGIN/pulseaudio", `${libraries}/${file}`);
  }
}
