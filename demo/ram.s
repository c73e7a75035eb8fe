; All variables. The first sixteen bytes are a promise to tests that look into
; the running game (see README.md); the assertions below keep it.

.include "rally.inc"

.zeropage

pads:        .res 2             ; $20 held buttons, A in bit 7 ... RIGHT in bit 0
pressed:     .res 2             ; $22 buttons that went down in this frame
paddle_y:    .res 2             ; $24
ball_x:      .res 1             ; $26
ball_y:      .res 1             ; $27
score:       .res 2             ; $28
rally:       .res 1             ; $2A hits since the serve, 255 at most
best:        .res 1             ; $2B longest rally, as in battery RAM
frame:       .res 4             ; $2C frames since power on, little-endian

state:       .res 1             ; $30 one of STATE_...
server:      .res 1             ; $31 player who serves
human:       .res 2             ; $32 1: the pad steers the paddle, 0: computer
timer:       .res 1             ; $34 frames until serve or next match
receiver:    .res 1             ; $35 player towards whom the ball flies

ball_x_frac: .res 1             ; 1/256 pixels
ball_y_frac: .res 1
speed:       .res 2             ; sideways, 1/256 pixels a frame, never negative
slope:       .res 2             ; downwards, 1/256 pixels a frame, signed
aim:         .res 1             ; contact point the computer tries for

frame_ready: .res 1             ; 1: a picture waits for the vertical blank
queue_len:   .res 1
pointer:     .res 2
scratch:     .res 1

.assert pads     = $20, lderror, "pads moved"
.assert paddle_y = $24, lderror, "paddle_y moved"
.assert ball_x   = $26, lderror, "ball_x moved"
.assert score    = $28, lderror, "score moved"
.assert rally    = $2A, lderror, "rally moved"
.assert frame    = $2C, lderror, "frame moved"
.assert state    = $30, lderror, "state moved"

.segment "OAM"

oam:         .res 256           ; copied to the picture unit every frame

.bss

queue:       .res 64            ; video memory writes for the next blank
