r"""Values that have broken readers before, one on each line; `\x00` and the like are bytes.

Gathered from the RFCs' own limits, from the fuzzing corpora and issue lists of other calendar
programs, and from what once broke this one.
"""

from __future__ import annotations

from typing import Final


def lines(text: str) -> tuple[bytes, ...]:
    """Each line without the indentation around it, its escapes undone."""
    found = (line.strip().encode("ascii") for line in text.strip().splitlines())
    return tuple(line.decode("unicode_escape").encode("latin-1") for line in found)


VALUES: Final = (
    b"",
    b"9" * 400,
    b"9" * 5_000,
    b"A" * 5_000,
    b"\\n\\;\\," * 100,
    b"\xf0\x9f\x92\xa9" * 50,
    *lines(r"""
        0
        -1
        1e9
        NaN
        inf
        TRUE
        "
        \\
        99999999T999999Z
        00000000T000000
        00010101T000000Z
        99991231T235959Z
        20260230T090000
        20260310T250000Z
        20260310T09
        2026-03-10T09:00:00Z
        19000101
        P99999999999W
        -P99999D
        PT
        P
        P1Y
        PT99999999999999999999S
        20260310T090000Z/20250101T000000Z
        20260310T090000Z/P9999W
        mailto:
        mailto:a@b@c
        \xff\xfe\x80
        \x00\x01\x02
        \xed\xa0\x80
        \xd9\xa2\xd9\xa0\xd9\xa2\xd9\xa6\xd9\xa0\xd9\xa3\xd9\xa1\xd9\xa0
        \xc2\xb20260310
        \xe2\x80\xae\xe2\x81\xa6
    """),
)

RULES: Final = (
    b"FREQ=DAILY;INTERVAL=" + b"9" * 5_000,
    b"FREQ=DAILY;BYMONTHDAY=" + b"1," * 4_000,
    b"FREQ=MONTHLY;BYSETPOS=-366,366;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYHOUR="
    + b",".join(b"%d" % number for number in range(24))
    + b";BYMINUTE="
    + b",".join(b"%d" % number for number in range(60)),
    *lines(r"""
        FREQ=DAILY;INTERVAL=0
        FREQ=DAILY;COUNT=1000000000
        FREQ=SECONDLY
        FREQ=MINUTELY;BYSECOND=1
        FREQ=HOURLY
        FREQ=HOURLY;BYHOUR=3;INTERVAL=7919
        FREQ=YEARLY;UNTIL=70260101T000000Z
        FREQ=YEARLY;UNTIL=99991231T235959Z
        FREQ=MONTHLY;BYSETPOS=0
        FREQ=MONTHLY;BYSETPOS=999;BYDAY=MO
        FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO;BYSETPOS=7
        FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30
        FREQ=MONTHLY;BYMONTHDAY=31;BYMONTH=2,4,6
        FREQ=YEARLY;INTERVAL=4;BYMONTH=2;BYMONTHDAY=29;COUNT=5
        FREQ=YEARLY;BYYEARDAY=366;INTERVAL=99999999
        FREQ=YEARLY;BYWEEKNO=53;BYDAY=MO
        FREQ=YEARLY;BYEASTER=0
        RSCALE=CHINESE;FREQ=YEARLY
        FREQ=DAILY;BYDAY=99MO
        FREQ=WEEKLY;BYDAY=
        FREQ=DAILY;INTERVAL=99999999999999999999
        FREQ=DAILY;INTERVAL=\xef\xbc\x92
        FREQ=DAILY;COUNT=1_0
        FREQ=DAILY;COUNT=1e9
        FREQ=WEEKLY;COUNT=-1
        FREQ=WEEKLY;COUNT=0
        FREQ=WEEKLY;COUNT=99999999999999999999999
        FREQ=DAILY;UNTIL=00000000
        FREQ=DAILY;UNTIL=20260310T0900000Z
        FREQ=DAILY;UNTIL=\xd9\xa2\xd9\xa0\xd9\xa2\xd9\xa6\xd9\xa0\xd9\xa3\xd9\xa1\xd9\xa0
        FREQ=DAILY;FREQ=WEEKLY
        FREQ
        FREQ=
        =DAILY
        ;;;;
    """),
)

PARAMETERS: Final = (
    b"TZID=" + b"A" * 10_000,
    *lines(r"""
        TZID=../../../../etc/passwd
        TZID=/etc/localtime
        TZID=Europe/Berlin/../../..//
        TZID=
        TZID=.
        TZID=Europe
        TZID="Europe/Berlin
        TZID="a";TZID="b"
        TZID=\x00
        TZID=Europe/Berlin\xff
        TZID=GMT+25
        TZID=zone.tab
        TZID=tzdata.zi
        VALUE=DATE
        VALUE=PERIOD
        VALUE=BOGUS
        ;;;
    """),
)

BOUNDARIES: Final = (
    b" BEGIN:VEVENT",
    b"END:VEVENT ",
    *lines(r"""
        BEGIN:VEVENT
        BEGIN:VEVENT;X=Y
        begin:vevent
        END:VEVENT
        BEGIN:VCALENDAR
        END:VCALENDAR
        BEGIN:VALARM
        BEGIN:VTIMEZONE
        END:VTIMEZONE
        BEGIN:STANDARD
        BEGIN:VCARD
        END:VCARD
        BEGIN:
        END
    """),
)

NAMES: Final = lines(r"""
    UID
    DTSTART
    DTEND
    DURATION
    RDATE
    EXDATE
    EXRULE
    RECURRENCE-ID
    RECURRENCE-ID;RANGE=THISANDFUTURE
    SEQUENCE
    DTSTAMP
    LAST-MODIFIED
    STATUS
    TRANSP
    ATTENDEE
    ORGANIZER
    TZOFFSETTO
    TZOFFSETFROM
    X-WR-TIMEZONE
""")

STRAY: Final = (
    b"\t",
    b"-" * 200,
    b"x@y.example," * 50,
    *lines(r"""
        "
        '
        ,
        ;
        #
        {
        }
        [[
        ]]
        (((((((
        \"\"\"
        '''
        \r
        \n
        \r\n\r\n
        \x00
        \x0c
        \x85
        \xff
        \x1b]0;x\x07
        \\u0000
        =cmd|'/c calc'!A1
        @SUM(1)
        1979-05-27T07:32:00Z
        =0D=0A
        =\r\n
        charset=utf-99
        ;ENCODING=b
        ;ENCODING=QUOTED-PRINTABLE
        ;CHARSET=hex
        ;CHARSET=rot13
        ;CHARSET=idna
        ;CHARSET=undefined
        ;CHARSET=unicode_escape
        From x
        Content-Transfer-Encoding: base64\n
        Content-Transfer-Encoding: uuencode\n
        Content-Type: message/rfc822\n
        Content-Type: text/calendar; charset=nonsense\n
        Content-Type: text/calendar; charset*=x''%ff\n
        Content-Type: multipart/mixed; boundary=\n
        Content-Disposition: attachment; filename*0*=utf-8''%ff%fe; filename*1=x\n
    """),
)

SETTINGS: Final = (
    b"9" * 5_000,
    b'"' + b"A" * 5_000 + b'"',
    b"[" * 2_000 + b"]" * 2_000,
    b"{a=" * 300,
    *lines(r"""
        ""
        "x"
        0
        -1
        999999999999999999999999999999
        1e400
        0b1
        nan
        inf
        true
        2026-01-01
        []
        [1, 2]
        ["a", "b"]
        ["@"]
        ["olle@example.com\\u000aBcc: x@example.com"]
        {}
        { env = "X" }
        { env = "X", file = "y" }
        "~no-such-user/x"
        "a\\u0000b"
        "/dev/null"
        "../.."
        "\\u202e\\u001b[2J"
        "Olle\\u000aBcc: x"
        "99999w99999d"
        "-5d"
        "0m"
        "24:00"
        "09:00-08:00"
        "Mon 99:99-10:00"
        "Europe"
        "../../etc/passwd"
        "http://"
        "https://[::1"
        "https://user:pw@h/x"
        "file:///etc/passwd"
        \"\"\"
        '''
        '
        [[
    """),
)

WORDS: Final = (
    "",
    "9" * 23,
    "A" * 10_000,
    "\udcff\udc80",
    "🧑‍🤝‍🧑" * 50,
    *(line.decode() for line in lines(r"""
        0
        -1
        1
        2
        1e9
        1.5
        a
        a\nb
        \x1b[2J
        \xe2\x80\xaeevil
        \xe2\x80\x8b
        --
        -
        -x
        --json
        %s%n
        '; DROP TABLE person;--
        *
        ?
        =
        a=b=c
        =1+1
        [red]x[/]
        [/]
        2026-02-30
        0001-01-01
        9999-12-31
        today
        6w
        0d
        -5d
        99999w
        10000000d
        \xd9\xa3w
        met
        met-1
        met1@example.com
        +met1@example.com
        a@b@c
        good.csv
        bad.ics
        bad.db
        bad.json
        folder
        folder/x
        nosuch
        ~no-such-user/x
        ../../etc
        name=1
        name=name,email=email
        name=99999999999999999999
        utf-99
        idna
        rot13
        hex
        undefined
        unicode_escape
        A
        D
        coffee
        virtual-coffee
        team
        work
        Europe
        Mon 09:00-10:00
        24:00-25:00
    """)),
)  # fmt: skip
"""Words of a command line; the files among them lie where the commands are run."""
