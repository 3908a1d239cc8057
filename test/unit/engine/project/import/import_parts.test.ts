import assert from "node:assert/strict";
import { test } from "node:test";
import { ownersOf } from "../../../../../src/engine/project/import/import_parts.ts";
import { temporaryProject } from "../../../../support/project.ts";

test("the assets that are imported with a file are those that name it", async (t) => {
  const files = {
    "a.gltf": '{"buffers": [{"uri": "a%20mesh.bin"}]}',
    "below/b.gltf": '{"buffers": [{"uri": "../other.bin"}]}',
    "c.obj": "mtllib größe.mtl\nv 0 0 0\n",
    "d.fnt": 'page id=0 file="page.png"\n',
    "e.tscn": "a mesh.bin größe.mtl page.png",
    "f.glsl": '#[compute]\n#include "noise.glslinc"\n',
    "g.glb.import": 'import_script/path="res://end.gd"\n',
    "h.fbx.import": 'import_script/path="uid://c5a1"\n',
    "last.gd.uid": "uid://c5a1\n",
  };
  const root = await temporaryProject(t, files);
  const owners = async (...changed: string[]) => [...(await ownersOf(root, changed, Object.keys(files)))];
  assert.deepEqual(await owners("a mesh.bin"), ["a.gltf"]);
  assert.deepEqual(await owners("other.bin", "größe.mtl"), ["below/b.gltf", "c.obj"]);
  assert.deepEqual(await owners("below/page.png"), ["d.fnt"]);
  assert.deepEqual(await owners("noise.glslinc"), ["f.glsl"]);
  assert.deepEqual(await owners("end.gd", "last.gd"), ["g.glb", "h.fbx"]);
  assert.deepEqual(await owners("unnamed.bin", "page.txt", "a.gltf", "other.gd"), []);
});
