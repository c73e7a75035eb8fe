; Tiles. A tile is eight rows of the low bits of its pixels' colours, then
; eight rows of the high bits.

.include "rally.inc"

.segment "CHR"

chr_start:

; Continues at tile number `number`.
.macro tile number
        .res number * 16 - (* - chr_start)
.endmacro

; A tile in colour 1: seven rows, and an empty one to keep lines apart.
.macro glyph r0, r1, r2, r3, r4, r5, r6
        .byte r0, r1, r2, r3, r4, r5, r6, 0
        .res 8, 0
.endmacro

tile TILE_BLANK
        .res 16, 0

tile TILE_BLOCK
        .res 8, 0
        .byte %11111110
        .byte %11111110
        .byte %11111110
        .byte %11111110
        .byte %11111110
        .byte %11111110
        .byte %11111110
        .byte %00000000

tile TILE_WALL
        .byte %00000000
        .byte %00000000
        .byte %11111111
        .byte %11111111
        .byte %11111111
        .byte %11111111
        .byte %00000000
        .byte %00000000
        .res 8, 0

tile TILE_NET_LEFT
        .repeat 2               ; colour 3: the same in both halves
        .byte %00000001
        .byte %00000001
        .byte %00000001
        .byte %00000001
        .byte %00000000
        .byte %00000000
        .byte %00000000
        .byte %00000000
        .endrepeat

tile TILE_NET_RIGHT
        .repeat 2
        .byte %10000000
        .byte %10000000
        .byte %10000000
        .byte %10000000
        .byte %00000000
        .byte %00000000
        .byte %00000000
        .byte %00000000
        .endrepeat

tile TILE_PADDLE_END
        .byte %00111100
        .byte %01111110
        .byte %11111111
        .byte %11111111
        .byte %11111111
        .byte %11111111
        .byte %11111111
        .byte %11111111
        .res 8, 0

tile TILE_PADDLE_MID
        .res 8, %11111111
        .res 8, 0

tile TILE_BALL
        .byte %00111100
        .byte %01111110
        .byte %11111111
        .byte %11111111
        .byte %11111111
        .byte %11111111
        .byte %01111110
        .byte %00111100
        .res 8, 0

; Letters and digits stand at their ASCII codes, five pixels wide.
tile '0'
        glyph $38, $44, $4C, $54, $64, $44, $38 ; 0
        glyph $10, $30, $10, $10, $10, $10, $38 ; 1
        glyph $38, $44, $04, $18, $20, $40, $7C ; 2
        glyph $38, $44, $04, $18, $04, $44, $38 ; 3
        glyph $08, $18, $28, $48, $7C, $08, $08 ; 4
        glyph $7C, $40, $78, $04, $04, $44, $38 ; 5
        glyph $18, $20, $40, $78, $44, $44, $38 ; 6
        glyph $7C, $04, $08, $10, $20, $20, $20 ; 7
        glyph $38, $44, $44, $38, $44, $44, $38 ; 8
        glyph $38, $44, $44, $3C, $04, $08, $30 ; 9

tile 'A'
        glyph $38, $44, $44, $7C, $44, $44, $44 ; A
        glyph $78, $44, $44, $78, $44, $44, $78 ; B
        glyph $38, $44, $40, $40, $40, $44, $38 ; C
        glyph $78, $44, $44, $44, $44, $44, $78 ; D
        glyph $7C, $40, $40, $78, $40, $40, $7C ; E
        glyph $7C, $40, $40, $78, $40, $40, $40 ; F
        glyph $38, $44, $40, $5C, $44, $44, $38 ; G
        glyph $44, $44, $44, $7C, $44, $44, $44 ; H
        glyph $38, $10, $10, $10, $10, $10, $38 ; I
        glyph $1C, $08, $08, $08, $08, $48, $30 ; J
        glyph $44, $48, $50, $60, $50, $48, $44 ; K
        glyph $40, $40, $40, $40, $40, $40, $7C ; L
        glyph $44, $6C, $54, $54, $44, $44, $44 ; M
        glyph $44, $64, $64, $54, $4C, $4C, $44 ; N
        glyph $38, $44, $44, $44, $44, $44, $38 ; O
        glyph $78, $44, $44, $78, $40, $40, $40 ; P
        glyph $38, $44, $44, $44, $54, $48, $34 ; Q
        glyph $78, $44, $44, $78, $50, $48, $44 ; R
        glyph $38, $44, $40, $38, $04, $44, $38 ; S
        glyph $7C, $10, $10, $10, $10, $10, $10 ; T
        glyph $44, $44, $44, $44, $44, $44, $38 ; U
        glyph $44, $44, $44, $44, $44, $28, $10 ; V
        glyph $44, $44, $44, $54, $54, $6C, $44 ; W
        glyph $44, $44, $28, $10, $28, $44, $44 ; X
        glyph $44, $44, $28, $10, $10, $10, $10 ; Y
        glyph $7C, $04, $08, $10, $20, $40, $7C ; Z
