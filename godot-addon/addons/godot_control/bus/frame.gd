extends RefCounted
## What the bus is made of: frames of a length in 32 bits, little-endian, and that many bytes of
## [code][kind, id, name, payload][/code] as [method @GlobalScope.var_to_bytes] writes it. Objects are only named by
## their numbers.

## An event with the id of a call is what the command tells before it answers; others have the id 0.
enum GcKind { CALL, ANSWER, FAILURE, EVENT, CANCEL }

## The event after which a peer closes its end.
const GOODBYE: String = "goodbye"
const HEAD_BYTES: int = 4
## A payload of 16 MiB, and what is around it.
const MAX_BYTES: int = 17 * 1024 * 1024


static func encode(kind: GcKind, id: int, name: String, payload: Variant) -> PackedByteArray:
	var body: PackedByteArray = var_to_bytes([kind, id, name, payload])
	var frame: PackedByteArray = PackedByteArray([0, 0, 0, 0])
	frame.encode_u32(0, body.size())
	frame.append_array(body)
	return frame


static func is_too_large(frame: PackedByteArray) -> bool:
	return frame.size() > HEAD_BYTES + MAX_BYTES


## Whether a frame says what a frame has to say.
static func is_sound(message: Variant) -> bool:
	if not message is Array:
		return false
	var parts: Array = message
	return parts.size() == 4 and parts[0] is int and parts[1] is int and parts[2] is String
