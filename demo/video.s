; The picture: court, scores and texts on the background, paddles and ball as
; sprites. video_draw prepares a frame while the last one is shown; video_flush
; runs in the vertical blank and only copies.

.include "rally.inc"

NAMETABLE    = $2000            ; 32 tiles a row
ATTRIBUTES   = $23C0
PALETTES     = $3F00

WALL_ROW1    = COURT_TOP / 8 - 1
WALL_ROW2    = COURT_BOTTOM / 8
COUNTER_ROW  = 2
SCORE_ROW    = 6
MESSAGE_ROW  = 27

DIGIT_WIDTH  = 3                ; a large digit, in tiles
DIGIT_HEIGHT = 5

MESSAGE_LEN  = 16
LABEL_LEN    = 4

WALL1_AT     = NAMETABLE + WALL_ROW1 * 32
WALL2_AT     = NAMETABLE + WALL_ROW2 * 32
SCORES_AT    = NAMETABLE + SCORE_ROW * 32
COUNTERS_AT  = NAMETABLE + COUNTER_ROW * 32 + 2
RALLY_AT     = COUNTERS_AT + 6
BEST_AT      = COUNTERS_AT + 25
LABEL1_AT    = NAMETABLE + MESSAGE_ROW * 32 + 2
LABEL2_AT    = NAMETABLE + MESSAGE_ROW * 32 + 30 - LABEL_LEN
MESSAGE_AT   = NAMETABLE + MESSAGE_ROW * 32 + (32 - MESSAGE_LEN) / 2

FLIP_VERTICAL = %10000000
BALL_PALETTE  = 2

.assert POINTS_TO_WIN <= 9, error, "a score has one digit"
.assert SCORES_AT .mod 32 = 0, error, "draw_score puts the column into the low bits"

.code

; --- At start-up, with the picture off -------------------------------------

video_init:
        lda #>PALETTES
        ldx #<PALETTES
        jsr set_address
@palette:
        lda palettes,x          ; x starts at the low byte of $3F00, zero
        sta PPUDATA
        inx
        cpx #32
        bne @palette

        lda #>NAMETABLE
        ldx #<NAMETABLE
        jsr set_address
        lda #TILE_BLANK
        ldy #4                  ; four pages: all tiles and their attributes
@blank: sta PPUDATA             ; x is zero here as well
        inx
        bne @blank
        dey
        bne @blank

        ; The right half takes its colours from the second palette.
        lda #>ATTRIBUTES
        ldx #<ATTRIBUTES
        jsr set_address
        ldx #0
@attribute:
        txa
        and #%00000100          ; eight bytes a row, the last four to the right
        beq @palette_0
        lda #%01010101
@palette_0:
        sta PPUDATA
        inx
        cpx #64
        bne @attribute

        lda #>WALL1_AT
        ldx #<WALL1_AT
        jsr draw_wall
        ldy #WALL_ROW2 - WALL_ROW1 - 1
@net:   jsr draw_net_row        ; each row follows the one before
        dey
        bne @net
        lda #>WALL2_AT
        ldx #<WALL2_AT
        jsr draw_wall

        lda #>COUNTERS_AT
        ldx #<COUNTERS_AT
        jsr set_address
        ldx #0
@text:  lda counter_text,x
        sta PPUDATA
        inx
        cpx #COUNTER_TEXT_LEN
        bne @text

        lda #$FF                ; below the screen: hides unused sprites
        ldx #0
@hide:  sta oam,x
        inx
        bne @hide
        rts

; A: high byte, X: low byte.
set_address:
        bit PPUSTATUS           ; the next write is the first of a pair
        sta PPUADDR
        stx PPUADDR
        rts

; A: high byte, X: low byte of the address.
draw_wall:
        jsr set_address
        lda #TILE_WALL
        ldx #32
@tile:  sta PPUDATA
        dex
        bne @tile
        rts

draw_net_row:
        lda #TILE_BLANK
        jsr @side
        ldx #TILE_NET_LEFT
        stx PPUDATA
        ldx #TILE_NET_RIGHT
        stx PPUDATA
@side:  ldx #15
@tile:  sta PPUDATA
        dex
        bne @tile
        rts

; --- Every frame -----------------------------------------------------------

; One background item is redrawn in each frame, all of them in turn. So none
; needs to tell that it has changed, and the vertical blank always suffices.
video_draw:
        jsr draw_sprites
        lda #0
        sta queue_len
        lda frame
        and #%00000111
        asl a
        tax
        lda items,x
        sta pointer
        lda items+1,x
        sta pointer+1
        jsr @item
        lda #0                  ; ends the queue
        jmp put
@item:  jmp (pointer)

; Queue entry: address, high byte first; number of bytes; the bytes.
video_flush:
        ldx #0
@entry: lda queue,x
        beq @done
        bit PPUSTATUS
        sta PPUADDR
        lda queue+1,x
        sta PPUADDR
        ldy queue+2,x
        inx
        inx
        inx
@byte:  lda queue,x
        sta PPUDATA
        inx
        dey
        bne @byte
        beq @entry              ; always
@done:  rts

; Appends A to the queue. Keeps X, uses Y.
put:
        ldy queue_len
        sta queue,y
        inc queue_len
        rts

; Starts an entry at A (high byte) and X (low byte). The length follows.
put_address:
        jsr put
        txa
        jmp put

draw_score1:
        ldx #0
        beq draw_score          ; always
draw_score2:
        ldx #1
draw_score:
        lda score_column,x
        sta scratch
        lda score,x
        asl a
        asl a
        adc score,x             ; times DIGIT_HEIGHT; the carry is clear
        sta pointer             ; index of the row of the digit
        ldx #0
@row:   lda score_row_high,x
        jsr put
        lda score_row_low,x
        ora scratch
        jsr put
        lda #DIGIT_WIDTH
        jsr put
        ldy pointer
        lda digits,y
        sta pointer+1
        inc pointer
        lsr pointer+1           ; the bits leave from the right,
        php                     ; the tiles are drawn from the left
        lsr pointer+1
        php
        lsr pointer+1
        jsr put_cell
        plp
        jsr put_cell
        plp
        jsr put_cell
        inx
        cpx #DIGIT_HEIGHT
        bne @row
        rts

; A block if the carry is set.
put_cell:
        lda #TILE_BLANK
        bcc @put
        lda #TILE_BLOCK
@put:   jmp put

draw_rally:
        lda #>RALLY_AT
        ldx #<RALLY_AT
        jsr put_address
        lda rally
        jmp put_number
draw_best:
        lda #>BEST_AT
        ldx #<BEST_AT
        jsr put_address
        lda best
        ; falls through

; The length and the three decimal digits of A.
put_number:
        sta scratch
        lda #3
        jsr put
        ldx #100
        jsr put_quotient
        ldx #10
        jsr put_quotient
        lda scratch
        ora #'0'
        jmp put

; Divides scratch by X, leaves the remainder there and puts the quotient.
put_quotient:
        stx pointer
        ldx #'0'
        lda scratch
@subtract:
        cmp pointer
        bcc @done
        sbc pointer             ; the carry is set
        inx
        bne @subtract           ; always
@done:  sta scratch
        txa
        jmp put

draw_message:
        lda #>MESSAGE_AT
        ldx #<MESSAGE_AT
        jsr put_address
        lda #MESSAGE_LEN
        sta scratch
        jsr put
        ldx state
        cpx #STATE_OVER
        beq @over
        lda human
        and human+1
        beq @join
        cpx #STATE_SERVE
        beq @serve
        ldx #message_playing - messages
        beq put_text            ; always: it is the first
@serve: ldx #message_serve - messages
        bne put_text            ; always
@join:  ldx #message_join - messages
        bne put_text            ; always
@over:  ldx #message_won1 - messages
        lda score
        cmp #POINTS_TO_WIN
        beq put_text
        ldx #message_won2 - messages
        ; falls through

; Puts as many bytes as scratch says, from messages + X.
put_text:
        lda messages,x
        jsr put
        inx
        dec scratch
        bne put_text
        rts

draw_label1:
        lda #>LABEL1_AT
        ldx #<LABEL1_AT
        jsr put_address
        ldx #label_computer1 - messages
        lda human
        beq put_label
        ldx #label_human1 - messages
        bne put_label           ; always
draw_label2:
        lda #>LABEL2_AT
        ldx #<LABEL2_AT
        jsr put_address
        ldx #label_computer2 - messages
        lda human+1
        beq put_label
        ldx #label_human2 - messages
put_label:
        lda #LABEL_LEN
        sta scratch
        jsr put
        jmp put_text

; --- Sprites ---------------------------------------------------------------

; The picture unit shows a sprite one line below its y, hence the "- 1"s.
draw_sprites:
        ldy #0                  ; position in oam
        ldx #0                  ; player
@paddle:
        lda paddle_y,x
        sec
        sbc #1
        sta scratch
        lda #TILE_PADDLE_END
        jsr @part
        lda #TILE_PADDLE_MID
        jsr @part
        lda #TILE_PADDLE_MID
        jsr @part
        lda #TILE_PADDLE_END
        jsr @part
        lda oam-4+2,y           ; the attributes of the last part
        ora #FLIP_VERTICAL
        sta oam-4+2,y
        inx
        cpx #2
        bne @paddle

        lda #$FF                ; no ball once the match is over
        ldx state
        cpx #STATE_OVER
        beq @ball
        lda ball_y
        sec
        sbc #1
@ball:  sta oam,y
        lda #TILE_BALL
        sta oam+1,y
        lda #BALL_PALETTE
        sta oam+2,y
        lda ball_x
        sta oam+3,y
        rts

; Tile A of player X's paddle at line scratch; the next one goes below it.
@part:  sta oam+1,y
        lda scratch
        sta oam,y
        clc
        adc #8
        sta scratch
        txa                     ; each player has a palette
        sta oam+2,y
        lda paddle_x,x
        sta oam+3,y
        iny
        iny
        iny
        iny
        rts

.rodata

; Background: 1 walls and text, 2 score, 3 net. Sprites use the first only.
palettes:
        .byte $0F, $30, $1C, $00,  $0F, $30, $17, $00
        .byte $0F, $30, $30, $30,  $0F, $30, $30, $30
        .byte $0F, $2C, $2C, $2C,  $0F, $27, $27, $27
        .byte $0F, $30, $30, $30,  $0F, $30, $30, $30

; Eight, for the three low bits of the frame counter. The rally changes most
; often and comes twice.
items:  .addr draw_rally, draw_score1, draw_score2, draw_best
        .addr draw_rally, draw_message, draw_label1, draw_label2

paddle_x:
        .byte PADDLE1_X, PADDLE2_X

score_column:
        .byte 9, 32 - 9 - DIGIT_WIDTH
score_row_high:
        .repeat DIGIT_HEIGHT, row
        .byte >(SCORES_AT + row * 32)
        .endrepeat
score_row_low:
        .repeat DIGIT_HEIGHT, row
        .byte <(SCORES_AT + row * 32)
        .endrepeat

; Large digits, three bits a row.
digits: .byte %111, %101, %101, %101, %111
        .byte %010, %110, %010, %010, %111
        .byte %111, %001, %111, %100, %111
        .byte %111, %001, %111, %001, %111
        .byte %101, %101, %111, %001, %001
        .byte %111, %100, %111, %001, %111
        .byte %111, %100, %111, %101, %111
        .byte %111, %001, %001, %001, %001
        .byte %111, %101, %111, %101, %111
        .byte %111, %101, %111, %001, %111

counter_text:
        .byte "RALLY               BEST"
COUNTER_TEXT_LEN = * - counter_text

messages:
message_playing: .byte "                "
message_serve:   .byte "  START SERVES  "
message_join:    .byte "ANY BUTTON JOINS"
message_won1:    .byte " PLAYER 1 WINS  "
message_won2:    .byte " PLAYER 2 WINS  "
label_computer1: .byte "CPU "
label_human1:    .byte "P1  "
label_computer2: .byte " CPU"
label_human2:    .byte "  P2"

.assert message_serve - message_playing = MESSAGE_LEN, error, "message length"
.assert label_human1 - label_computer1 = LABEL_LEN, error, "label length"
