extends CharacterBody3D
## The demo's player: walks in a circle, so that there is something to see.

@export var speed: float = 2.0
@export var radius: float = 3.0

var _angle: float = 0.0


func _physics_process(delta: float) -> void:
	_angle += speed / radius * delta
	position = Vector3(cos(_angle) * radius, position.y, sin(_angle) * radius)
