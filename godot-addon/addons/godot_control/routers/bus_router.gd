extends "../http/http_router.gd"
## GET /bus with an Upgrade to it: the connection is one of the bus from then on, where its client speaks the same
## version of its protocol.

const GcBus = preload("../bus/bus.gd")

## The protocol's name in Upgrade. Its version is in the header of the same name, in both directions.
const UPGRADE: String = "godot-control-bus"

var _bus: GcBus
var _version: int


func _init(bus: GcBus, version: int) -> void:
	_bus = bus
	_version = version


func handle_get(request: GcHttpRequest, response: GcHttpResponse) -> void:
	var spoken: String = request.get_header(UPGRADE)
	if request.get_header("Upgrade").to_lower() != UPGRADE or spoken != str(_version):
		response.fail(426, "Ask for an Upgrade to %s, and in the header of that name for version %d." % [UPGRADE, _version])
	elif not _bus.has_room():
		response.fail(503, "%d clients are connected already." % GcBus.MAX_CONNECTIONS)
	else:
		response.switch_protocol(UPGRADE, str(_version), _bus.adopt)
