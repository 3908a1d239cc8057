extends RefCounted
## One request as it came over the socket.

## The method, in capitals.
var method: String = ""
## The path, percent-decoded, without the query.
var path: String = ""
## The query's parameters, percent-decoded.
var query: Dictionary[String, String] = {}
## The headers, with names in lower case.
var headers: Dictionary[String, String] = {}
## The raw body.
var body: PackedByteArray = PackedByteArray()


## The body as a JSON object; empty where it is none.
func get_body_parsed() -> Dictionary:
	var parser: JSON = JSON.new()
	if parser.parse(body.get_string_from_utf8()) != OK or not parser.data is Dictionary:
		return {}
	return parser.data


## A header's value, whatever the case of [param name]; empty where it is missing.
func get_header(name: String) -> String:
	return headers.get(name.to_lower(), "")


## Reads the path and the query out of a request line's target.
func read_target(target: String) -> void:
	var mark: int = target.find("?")
	path = _decode(target if mark < 0 else target.left(mark))
	if mark < 0:
		return
	for pair: String in target.substr(mark + 1).split("&", false):
		var equals: int = pair.find("=")
		var key: String = pair if equals < 0 else pair.left(equals)
		query[_decode(key)] = "" if equals < 0 else _decode(pair.substr(equals + 1))


## Godot's own uri_decode reads capital digits only.
func _decode(text: String) -> String:
	var parts: PackedStringArray = text.split("%")
	for index: int in range(1, parts.size()):
		parts[index] = parts[index].left(2).to_upper() + parts[index].substr(2)
	return "%".join(parts).uri_decode()


## Whether the connection stays open after the response.
func keeps_alive() -> bool:
	return get_header("Connection").to_lower() != "close"
