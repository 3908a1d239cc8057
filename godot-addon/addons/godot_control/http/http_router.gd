extends RefCounted
## Answers the requests for one path: override the methods that the resource has.
##
## The handlers run on the sockets' thread. What needs the scene tree goes through
## [code]MainThread.run[/code], and the response is sent from there.

const GcHttpRequest = preload("http_request.gd")
const GcHttpResponse = preload("http_response.gd")


func handle_get(_request: GcHttpRequest, response: GcHttpResponse) -> void:
	response.fail(405, "GET is not allowed here.")


func handle_post(_request: GcHttpRequest, response: GcHttpResponse) -> void:
	response.fail(405, "POST is not allowed here.")
