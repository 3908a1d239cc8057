/**
 * The folder of a project on Godot's command line, from a process that works in it. Godot takes the spaces from the ends
 * of each argument, and reads "%20" as a space (Main::setup, unescape_cmdline): another folder could be meant then.
 */
export const projectArgument = (root: string): readonly ["--path", string] => [
  "--path",
  root === root.trim() && !root.includes("%20") ? root : ".",
];
