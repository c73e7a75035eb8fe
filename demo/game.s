; The rules: paddles, ball, points and matches.

.include "rally.inc"

PADDLE_STEP   = 3               ; pixels a frame for a person
COMPUTER_STEP = 2               ; slower than the steepest ball: it can be beaten

SERVE_SPEED   = $0200           ; 1/256 pixels a frame
SPEED_UP      = $0028           ; gained with each hit
MAX_SPEED     = $0400

SERVE_DELAY   = 90              ; frames until the ball is served by itself
OVER_DELAY    = 240             ; frames the winner is shown

; A paddle is met while the ball overlaps its column, and the point is lost
; once the ball has gone half a paddle's width beyond it.
CONTACT_LEFT  = PADDLE1_X + PADDLE_WIDTH
CONTACT_RIGHT = PADDLE2_X - BALL_SIZE
LOST_LEFT     = PADDLE1_X - BALL_SIZE
LOST_RIGHT    = PADDLE2_X + PADDLE_WIDTH

.assert >MAX_SPEED < PADDLE_WIDTH, error, "the ball could jump over a paddle"
.assert >MAX_SPEED <= LOST_LEFT, error, "the ball could leave at one edge and enter at the other"

; The contact point counts the lines from the highest possible touch (0, only
; the ball's last line meets the paddle) to the lowest (CONTACTS - 1).
CONTACTS      = PADDLE_HEIGHT + BALL_SIZE - 1

.code

new_match:
        lda #0
        sta score
        sta score+1
        sta server
        ; Both paddles return to the computer until their pads are touched, so
        ; that a match does not have to wait for a player who has left.
        sta human
        sta human+1
        lda #(COURT_TOP + COURT_BOTTOM - PADDLE_HEIGHT) / 2
        sta paddle_y
        sta paddle_y+1
        ; falls through

start_serve:
        lda #STATE_SERVE
        sta state
        lda #SERVE_DELAY
        sta timer
        lda #0
        sta rally
        jmp hold_ball

game_update:
        lda state
        cmp #STATE_OVER
        beq update_over
        jsr move_paddles
        lda state
        cmp #STATE_PLAY
        beq update_play
        ; falls through

update_serve:
        jsr hold_ball
        jsr impatient
        bne @wait
        lda #STATE_PLAY
        sta state
        lda #<SERVE_SPEED
        sta speed
        lda #>SERVE_SPEED
        sta speed+1
        lda frame               ; the moment of the serve decides its angle,
        and #$0F                ; within the middle of the paddle
        clc
        adc #CONTACTS/2 - 8
        ldx server
        jmp return_ball
@wait:  rts

update_over:
        jsr impatient
        beq new_match
        rts

update_play:
        jsr move_ball_y
        jsr move_ball_x
        ldx receiver
        jsr contact
        bcs lost
        jmp hit
lost:
        lda ball_x
        cpx #0
        bne @right
        cmp #LOST_LEFT
        bcc point
        rts
@right: cmp #LOST_RIGHT + 1
        bcs point
        rts

; The receiver X missed the ball.
point:
        stx server              ; who lost the point serves next
        txa
        eor #1
        tax
        inc score,x
        lda score,x
        cmp #POINTS_TO_WIN
        beq @won
        ldy #SOUND_POINT
        jsr sound_play
        jmp start_serve
@won:   lda #STATE_OVER
        sta state
        lda #OVER_DELAY
        sta timer
        ldy #SOUND_WIN
        jmp sound_play

; Counts the timer down; a press of A or START on either pad ends it at once.
; Returns with the zero flag set when the time is up.
impatient:
        lda pressed
        ora pressed+1
        and #BUTTON_A | BUTTON_START
        beq @count
        lda #1
        sta timer
@count: dec timer
        rts

; Puts the ball in front of the middle of the server's paddle.
hold_ball:
        ldx server
        lda contact_x,x
        sta ball_x
        lda paddle_y,x
        clc
        adc #(PADDLE_HEIGHT - BALL_SIZE) / 2
        sta ball_y
        lda #0
        sta ball_x_frac
        sta ball_y_frac
        rts

; --- Paddles ---------------------------------------------------------------

move_paddles:
        ldx #1
@player:
        lda pads,x
        beq @untouched
        lda #1
        sta human,x
@untouched:
        lda human,x
        beq @computer
        jsr steer_by_pad
        jmp @next
@computer:
        jsr steer_by_computer
@next:  dex
        bpl @player
        rts

steer_by_pad:
        ldy #PADDLE_STEP
        lda pads,x
        and #BUTTON_UP
        bne paddle_up
        lda pads,x
        and #BUTTON_DOWN
        bne paddle_down
        rts

; Follows the ball, but only while it comes near: in its own half of the court.
; The computer knows nothing a person could not see.
steer_by_computer:
        lda state
        cmp #STATE_PLAY
        bne @stay
        cpx receiver
        bne @stay
        lda ball_x
        asl a                   ; bit 7 tells the half, 0 left and 1 right,
        lda #0                  ; which is also the number of its player
        rol a
        cmp receiver
        bne @stay
        lda ball_y              ; where the paddle must be for the contact
        clc                     ; point that was picked
        adc #BALL_SIZE - 1
        sec
        sbc aim
        ldy #COMPUTER_STEP
        sec
        sbc paddle_y,x
        bcs @below
        cmp #$100 - COMPUTER_STEP + 1
        bcc paddle_up
@stay:  rts
@below: cmp #COMPUTER_STEP
        bcs paddle_down
        rts

; Move paddle X by Y pixels, as far as the walls allow.
paddle_up:
        sty scratch
        lda paddle_y,x
        sec
        sbc scratch
        cmp #COURT_TOP
        bcs @store
        lda #COURT_TOP
@store: sta paddle_y,x
        rts

paddle_down:
        sty scratch
        lda paddle_y,x
        clc
        adc scratch
        cmp #COURT_BOTTOM - PADDLE_HEIGHT
        bcc @store
        lda #COURT_BOTTOM - PADDLE_HEIGHT
@store: sta paddle_y,x
        rts

; --- Ball ------------------------------------------------------------------

move_ball_y:
        clc
        lda ball_y_frac
        adc slope
        sta ball_y_frac
        lda ball_y
        adc slope+1
        sta ball_y
        cmp #COURT_TOP
        bcc @upper
        cmp #COURT_BOTTOM - BALL_SIZE + 1
        bcs @lower
        rts
@upper: lda #COURT_TOP
        bne @bounce             ; always
@lower: lda #COURT_BOTTOM - BALL_SIZE
@bounce:
        sta ball_y
        lda #0
        sta ball_y_frac
        sec
        sbc slope
        sta slope
        lda #0
        sbc slope+1
        sta slope+1
        ldy #SOUND_WALL
        jmp sound_play

move_ball_x:
        lda receiver
        beq @left
        clc
        lda ball_x_frac
        adc speed
        sta ball_x_frac
        lda ball_x
        adc speed+1
        sta ball_x
        rts
@left:  sec
        lda ball_x_frac
        sbc speed
        sta ball_x_frac
        lda ball_x
        sbc speed+1
        sta ball_x
        rts

; Does the ball touch the paddle of receiver X? Carry clear: yes, and A is the
; contact point. Carry set: no.
contact:
        lda ball_x
        sec
        sbc paddle_near,x       ; wraps to a large number short of the paddle
        cmp #PADDLE_WIDTH + 1
        bcs @no
        lda ball_y
        clc
        adc #BALL_SIZE - 1
        sec
        sbc paddle_y,x          ; again large when the ball is above it
        cmp #CONTACTS
@no:    rts

; Player X plays the ball at contact point A.
hit:
        pha
        inc rally
        bne @counted
        dec rally               ; stay at 255
@counted:
        lda human               ; a record takes at least one person
        ora human+1
        beq @no_record
        lda best
        cmp rally
        bcs @no_record
        lda rally
        sta best
        jsr save_store
@no_record:
        clc
        lda speed
        adc #<SPEED_UP
        sta speed
        lda speed+1
        adc #>SPEED_UP
        sta speed+1
        cmp #>MAX_SPEED
        bcc @allowed
        lda #<MAX_SPEED
        sta speed
        lda #>MAX_SPEED
        sta speed+1
@allowed:
        pla
        ; falls through

; Sends the ball from player X to the other one; A is the contact point: the
; nearer to the paddle's end, the steeper.
return_ball:
        lsr a                   ; four lines share a slope of two bytes
        and #%11111110
        tay
        lda slopes,y
        sta slope
        lda slopes+1,y
        sta slope+1
        lda contact_x,x
        sta ball_x
        lda #0
        sta ball_x_frac
        txa
        eor #1
        sta receiver
        lda frame               ; the computer varies its shots by the clock
        and #$1F
        clc
        adc #CONTACTS/2 - 16
        sta aim
        ldy #SOUND_PADDLE
        jmp sound_play

.rodata

; The ball's x while it touches each player's paddle face, and the smaller end
; of the range in which it overlaps the paddle.
contact_x:   .byte CONTACT_LEFT, CONTACT_RIGHT
paddle_near: .byte CONTACT_LEFT - PADDLE_WIDTH, CONTACT_RIGHT

.assert <MAX_SPEED = 0, error, "hit compares the high byte only"

; One for each four lines of contact, 1/256 pixels a frame.
slopes: .word .loword(-$0280), .loword(-$01C0), .loword(-$0120)
        .word .loword(-$00A0), .loword(-$0030)
        .word $0030, $00A0, $0120, $01C0, $0280

.assert (* - slopes) / 2 = (CONTACTS + 3) / 4, error, "one slope for each four lines"
