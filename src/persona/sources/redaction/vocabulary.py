"""Words that are no names, and names that are also words: what keeps ``Product Manager`` and ``will`` in a text."""

from __future__ import annotations

_TITLES = """
    mr mrs ms miss mx dr prof professor doctor sir madam dame lord lady rev fr sr jr herr frau hr fr dipl ing
    med señor señora senor senora sra srta don doña dona mme mlle madame monsieur m signor signora sig dott
    dottoressa pan pani mevr dhr meneer mevrouw phd md
"""
TITLES = frozenset(_TITLES.split())
"""What stands before or behind a name; folded."""

_PLAIN = """
    interview interviews interviewer interviewee interviewed transcript transcripts transcription session
    sessions recording recorded record call meeting talk conversation chat audio video zoom teams meet otter
    whisper caption captions subtitle subtitles participant participants person people respondent respondents
    user users customer client clients customers speaker speakers voice subject guest host moderator researcher
    facilitator observer assistant human bot ai note notes notetaker narrator transcriber unknown anonymous
    group team panel focus survey study studies research project round wave phase pilot part section chapter
    page final draft copy version rev edited clean cleaned raw redacted anonymised anonymized export exported
    file files data dataset test tests demo sample example row column sheet turn turns text txt doc docx pdf csv
    json vtt srt md en de fr es it pt nl ja zh english german french spanish italian portuguese dutch japanese
    chinese january february march april may june july august september october november december jan feb mar
    apr jun jul aug sep sept oct nov dec monday tuesday wednesday thursday friday saturday sunday am pm question
    questions answer answers q a p r i s the a an and or of for with from to in on at by no nr number id code
    manager director engineer developer designer architect analyst consultant teacher student professor doctor
    nurse lawyer scientist writer editor journalist artist musician baker chef cook driver owner founder
    president chief officer head lead leader senior junior intern trainee worker employee staff admin
    administrator operator technician specialist expert coordinator supervisor partner colleague friend mother
    father parent child son daughter wife husband product program programme software hardware design sales
    marketing finance support service services operations business customer experience ux ui hr it pm po qa cto
    ceo cfo coo vp male female man woman boy girl adult one two three four five six seven eight nine ten first
    second third last new old other main name organisation place email phone url handle ip card iban address
    birth interviewerin moderatorin teilnehmer teilnehmerin befragte befragter forscher gespräch gesprach
    protokoll entrevista entrevistador entrevistadora participante entretien enquête enquete intervista
    moderador animateur
    plain style table tables timestamp timestamps whisper rev srt repository repo export exports surveyexport import
    usability onboarding checkout pricing ux-data feedback discovery diary journey field remote online onsite guide
    script questionnaire form forms results result summary long short full partial all misc final2 backup archive bak
    translated translation corrected approved verbatim intelligent automatic auto manual original source sources shared
    public private internal external customer-interview kickoff debrief workshop focusgroup intercept pretest posttest
    science work workforce creatives cp1252 utf8 utf16 utf latin1 ascii unicode tmp temp untitled unnamed document docs
"""
PLAIN = frozenset(_PLAIN.split())
"""Words of labels and of the names of files that name nobody; folded."""

MONTHS = frozenset(["april", "may", "june", "august"])
"""Months that people are called by: who speaks under such a label is somebody; a file's name has a date."""

_BEFORE_MONTHS = """
    in since until till during last next this early mid late every each
"""
BEFORE_MONTHS = frozenset(_BEFORE_MONTHS.split())
"""What stands before a month and seldom before somebody called so; "of" and "by" stand before both."""

_ORDINARY = """
    will may mark hope grace faith joy rose lily ivy daisy violet bill art dean drew pat rich sue grant chase
    frank rob ray gene guy max min miles pierce april june august summer autumn dawn eve star sky sunny sandy
    stone young brown white black green gray grey blue long short king queen cook baker smith mason hunter
    fisher page price rice bell field fields woods wood hill hills banks day love small little good best wise
    strong power case church cross park parks lake rivers brook marsh snow winter frost rain storm wolf fox bear
    bird crane swan lamb hawk drake bishop pope abbot monk noble knight major judge law laws pool pond street
    lane ford bridge bridges walls house hall gates marks wells waters sands holder head foot hand legg back
    moss reed bush branch berry cherry plum pepper sage basil ginger honey candy christian jean dolly penny iris
    olive ruby pearl jade amber coral crystal melody harmony carol chance chip cliff clay colt cash buck bud
    buddy duke earl ernest angel cat dot fern glen heath herb holly jay kit lance mac norm pace peg petty piper
    porter potter rusty sawyer skip spike stew tab trip tucker wade ward warren weaver
"""
ORDINARY = frozenset(_ORDINARY.split())
"""Names that are words as well: replaced alone only where they are written with a capital; folded."""

_AFTER_WORDS = """
    i you we he she it they the this that these those there a an my your our his her its their be not me us what
    who all any some someone anyone everyone people for in on to
"""
AFTER_WORDS = frozenset(_AFTER_WORDS.split())
"""What follows a word such as ``Will`` or ``May`` that opens a sentence and is no name."""

_DETERMINERS = """
    a an the my your his her its our their this these those some any every each another many several few most le
    la les un une des du au aux mon ma mes ton ta tes son sa ses notre nos votre vos leur leurs ce cet cette ces
    el los las una unos unas mi mis tu tus su sus este esta ese esa il lo gli uno del della het een mijn jouw
    zijn haar ons onze deze dit dat uma meu minha seu sua
"""
DETERMINERS = frozenset(_DETERMINERS.split())
"""What stands before a common noun and seldom before a name in lower case; German nouns have capitals anyway."""

_BEFORE_WORDS = """
    i you we they he she it to not never very too more really just also only ich du er wir ihr je tu il elle on
    nous ils nicht pas ne yo ik jij hij niet eu io non nao
"""
BEFORE_WORDS = frozenset(_BEFORE_WORDS.split())
"""What stands before verbs, adjectives and adverbs oftener than before names."""

_BEFORE_NAMES = """
    mr mrs ms mx dr prof herr frau mme mlle senor senora
"""
BEFORE_NAMES = frozenset(_BEFORE_NAMES.split())
"""Titles as folded texts have them."""

_GREETINGS = """
    hi hello hey dear thanks thank you bye goodbye sorry hallo salut bonjour merci hola ciao
"""
GREETINGS = frozenset(_GREETINGS.split())
"""What stands before a name by which somebody is called, when a mark or the end follows it."""

_NO_FORMS = """
    this thus does goes dans mais sans vers tous nous vous sous les ses mes has was yes gets lets says sees uses
    puts runs asks adds wins days ways eyes ones ours hers lots kids guys news lens plus apps devs docs maps
    vans cans cars cats bars bits bugs fans tans suns tips jobs mars pues dias eres esos unos eles elas meus
    seus dois puis amis avis gens pens dens tens gems mats pats tabs tops sums bans teas sons rays boys toys
    keys gays bins pins dots
"""
NO_FORMS = frozenset(_NO_FORMS.split())
"""Words of four letters that are no name of three letters with an s behind, whoever is called Thi, Doe or Dan."""
