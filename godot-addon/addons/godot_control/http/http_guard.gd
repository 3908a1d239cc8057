extends RefCounted
## Decides which requests are answered: none that a web page had its browser send, and only the open ones without
## the secret.

const GcHttpRequest = preload("http_request.gd")
const GcHttpResponse = preload("http_response.gd")

## The names of this machine alone. Any other that leads here may have been rebound by a page's own name server.
const OWN_NAMES: PackedStringArray = ["127.0.0.1", "localhost", "[::1]"]

var _authorization: PackedByteArray
var _open_paths: PackedStringArray


## Anybody may ask for [param open_paths]; everything else needs [param secret], which is never shown by accident:
## nothing is equal to an empty one.
func _init(secret: String, open_paths: PackedStringArray) -> void:
	_authorization = ("Bearer " + secret).sha256_buffer() if not secret.is_empty() else PackedByteArray()
	_open_paths = open_paths


## Whether the request is refused; then it is answered. One that [param is_known] has shown the secret.
func refuse(request: GcHttpRequest, response: GcHttpResponse, is_known: bool) -> bool:
	if not OWN_NAMES.has(_without_port(request.get_header("Host"))):
		response.fail(403, "Call this engine by a loopback name: 127.0.0.1, localhost or [::1].")
		return true
	# Browsers send Sec-Fetch-Site to loopback addresses with every request; "none" is a person's own typing.
	var site: String = request.get_header("Sec-Fetch-Site")
	if request.headers.has("origin") or (not site.is_empty() and site != "none"):
		response.fail(403, "This engine answers no web page. A page calls a godot-control server, with --allowed-origin.")
		return true
	if not _open_paths.has(request.path) and not is_known:
		response.fail(401, "This engine answers only a client that shows its token.")
		return true
	return false


## Whether the request shows the secret. The time that it takes does not tell where another one differs.
func knows(request: GcHttpRequest) -> bool:
	return request.get_header("Authorization").sha256_buffer() == _authorization


func _without_port(host: String) -> String:
	var colon: int = host.rfind(":")
	return host.left(colon).to_lower() if colon > host.rfind("]") else host.to_lower()
