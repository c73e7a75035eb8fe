; Short blips on the first pulse channel. Its envelope fades each one out, so
; nothing has to run from frame to frame.

.include "rally.inc"

.define PERIOD(hertz) (1789773 / (16 * (hertz)) - 1)

FADE        = %10000000         ; square wave; the low bits slow the fading down
LONG_LENGTH = %00001000         ; length counter: longer than any fade

.code

sound_init:
        lda #%00000001          ; the first pulse channel alone
        sta APUSTATUS
        lda #%00001000          ; no sweep, and none that would mute low notes
        sta PULSE1+1
        rts

; Y: one of SOUND_... Keeps X.
sound_play:
        lda envelopes,y
        sta PULSE1
        lda periods_low,y
        sta PULSE1+2
        lda periods_high,y
        sta PULSE1+3            ; restarts the envelope
        rts

.rodata

; In the order of SOUND_PADDLE, SOUND_WALL, SOUND_POINT, SOUND_WIN.
envelopes:
        .byte FADE | 1, FADE | 1, FADE | 8, FADE | 15
periods_low:
        .byte <PERIOD(480), <PERIOD(240), <PERIOD(120), <PERIOD(960)
periods_high:
        .byte LONG_LENGTH | >PERIOD(480), LONG_LENGTH | >PERIOD(240)
        .byte LONG_LENGTH | >PERIOD(120), LONG_LENGTH | >PERIOD(960)
