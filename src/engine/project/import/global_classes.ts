/** What scripts declare for the whole project, and what Godot's list of it says. The engine believes the list. */

export interface GlobalClass {
  readonly name: string;
  /** Undefined where only Godot can tell: it extends a path, or a class inside of another. */
  readonly base: string | undefined;
  readonly isTool: boolean;
  readonly isAbstract: boolean;
}

/** By the path of the script, from `.godot/global_script_class_cache.cfg`. */
export function listedClasses(list: string): Map<string, GlobalClass> {
  const classes = new Map<string, GlobalClass>();
  for (const [entry] of list.matchAll(/\{[^{}]*\}/g)) {
    const value = (key: string) => new RegExp(`^"${key}": (?:&?"([^"]*)"|(\\w+))`, "m").exec(entry);
    const text = (key: string) => value(key)?.[1];
    const isSet = (key: string) => value(key)?.[2] === "true";
    const name = text("class");
    const path = text("path");
    if (name && path)
      classes.set(path, {
        name,
        base: text("base"),
        isTool: isSet("is_tool"),
        isAbstract: isSet("is_abstract"),
      });
  }
  return classes;
}

/** Texts and comments of GDScript, each of which may hold what begins the other. */
const notCode = /"""[\s\S]*?"""|'''[\s\S]*?'''|"(?:\\[\s\S]|[^"\\])*"|'(?:\\[\s\S]|[^'\\])*'|#.*/g;

/** Before the class's own declaration come others of the script itself. */
const abstract = /@abstract\s+(?:@\w+(?:\([^)]*\))?\s+)*(?:class_name|extends)\b/;

/** In characters: a class is declared before anything that is long, but for comments. */
const longestHead = 2 ** 20;

/** Undefined where it declares none. */
export function declarationIn(source: string): GlobalClass | undefined {
  const code = source
    .slice(0, longestHead)
    .replace(notCode, '""')
    .replace(/\\\r?\n/g, " ");
  const name = /\bclass_name\s+([\p{L}\p{N}_]+)/u.exec(code)?.[1];
  if (name === undefined) return undefined;
  // A class inside of it is declared with "class", and what it extends comes after that.
  const head = code.split(/^[ \t]*(?:static[ \t]+)?(?:class|const|enum|func|signal|var)\b/m, 1)[0] ?? "";
  const extended = /\bextends\s+([^\s:;]+)/.exec(head)?.[1] ?? "RefCounted";
  return {
    name,
    base: /^[\p{L}\p{N}_]+$/u.test(extended) ? extended : undefined,
    isTool: /^[ \t]*@tool\b/m.test(head),
    isAbstract: abstract.test(head),
  };
}

export function isAsListed(declared: GlobalClass | undefined, listed: GlobalClass | undefined): boolean {
  if (!declared || !listed) return declared === listed;
  return (
    declared.name === listed.name &&
    (declared.base === undefined || declared.base === listed.base) &&
    declared.isTool === listed.isTool &&
    declared.isAbstract === listed.isAbstract
  );
}
