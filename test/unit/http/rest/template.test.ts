import assert from "node:assert/strict";
import { test } from "node:test";
import { parseTemplate } from "../../../../src/http/rest/template.ts";

test("a path without variables is itself", () => {
  const { url, fields, matches } = parseTemplate("/scene/load");
  assert.deepEqual([url, [...fields]], ["/scene/load", []]);
  assert.ok(matches("/scene/load") && !matches("/scene/load/watch") && !matches("/scene"));
});

test("a variable is a segment, and one of ** the rest of the path", () => {
  const one = parseTemplate("/nodes/{id}/children");
  assert.deepEqual([one.url, [...one.fields]], ["/nodes/:id/children", [["id", "id"]]]);
  assert.ok(one.matches("/nodes/a/children") && !one.matches("/nodes/a/b/children"));
  const rest = parseTemplate("/nodes/{path=**}");
  assert.deepEqual([rest.url, [...rest.fields]], ["/nodes/*", [["*", "path"]]]);
  assert.ok(rest.matches("/nodes/root/Main") && !rest.matches("/nodes/"));
});

test("what the router cannot serve is refused", () => {
  for (const path of ["/a/{b=shelves/*}", "/a/*/b", "/{a=**}/b", "/a/{b"])
    assert.throws(() => parseTemplate(path), /has a form that is not served/, path);
});
