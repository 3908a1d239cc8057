extends RefCounted
## What is known of which files a scene stands on. Most runs ask nothing of it: dependencies.gd, which knows, is compiled
## when the first question comes.


## The script that a word of the compiler names, by its path or its class; empty where there is none.
func script_of(_word: String) -> String:
	return ""


## The files that [param _path] may stand on, itself the last, each behind those that it needs itself.
func files_of(_path: String) -> PackedStringArray:
	return []


## The files without which [param _path] cannot be whole, itself the last: those that it names, and that its scripts are
## compiled with, and not what a script may load while it runs.
func needed_by(_path: String) -> PackedStringArray:
	return []


## Whether the scene at [param _path] may come to load [param _file]: when in doubt, it may. Whatever is in a scene may
## reach any autoload, and any autoload sees which scene comes.
func may_reach(_path: String, _file: String) -> bool:
	return false
