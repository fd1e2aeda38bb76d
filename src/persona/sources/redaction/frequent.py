"""The frequent words of seven languages: nobody who bears one of them as a name is known by it in lower case."""

from __future__ import annotations

_ENGLISH = """
    about above according across actual actually add added after again against age ago agree ahead all allow
    almost alone along already also although always am amount and another answer any anyone anything anyway app
    apply are area around ask asked asking away back bad balance bar based basic basically because become been
    before began behind being believe below best better between beyond big bit body book both bottom brain break
    bring brought build built business but buy call called came can cannot car care case cat cause cell certain
    certainly change check choice choose class clean clear clearly close code come comes comfortable coming
    common company complete completely computer concern consider copy could couple course create creative
    current cut daily data date day days deal deep definitely depend depth describe detail did die different
    difficult direct dive do does doing done down draft drive due during each earlier early easily easy edge
    edit effort eight either else email end ended enjoy enough entire especially essentially even eventually
    ever every everything exact exactly example expect experience explain extra extremely eye face fact fair
    fairly false far fast feel feeling felt few field figure file fill final finally find fine finish first fit
    five fix flow focus follow for form forth found four free frequently fresh from front full fun further gain
    game gap gave general generally get gets getting give given gives giving glad goal god goes going gone good
    got great group grow guess guide had half hand handle happen happy hard has hate have having hear heard help
    helped helps her here herself hey high him himself his hit hold home honest hope hot hour hours how however
    huge human idea if image important improve in input inside instead interest interesting into is issue it its
    itself job join just keep key kind kinds knew know known large last late lately later lead learn learning
    least leave left less let level life light like likely line link list listen little live local long look
    looked looking lose lost lot lots love low made main mainly major make makes making man manage many map
    master matter maybe me mean means meant meet men mention merit message met method middle might mind mine
    minor minute miss model moment money month more morning most mostly move much must myself name natural near
    need needed needs never new next nice nine nobody none nor normal normally not note nothing novel now number
    obviously off offer often okay old once one only onto open option or order other others otherwise ought our
    out output outside over overall own pace page paid paper part particular particularly past path pattern pay
    peer people perfect perhaps person personal phase pick piece place plan play please plus point poor possible
    post potential power prefer pretty previous primarily prior probably problem process produce project proof
    provide public pull pure purpose push put question quick quickly quite ran range rate rather raw read
    reading ready real really reason reasonable receive recent recently record related remember report rest
    result review right risk role room run running safe said same sample save saw say saying says scale school
    search second see seeing seem seems seen self send sense sent set seven several shall share she shift short
    should show side similar simple simply since single sit six size skill slow slowly small smart social some
    somebody somehow someone something sometimes somewhat somewhere song soon sort sound space speak specific
    speed spend spent spot staff stand standard start started state stay step still stop story strong study
    stuff style such summary super support sure surely sweet switch system table take taken takes taking talk
    talking task team tell ten tend test text than thank thanks that the their them themselves then there
    therefore these they thing things think thinking third this those though thought three through throughout
    thus time times tiny title to today together told tomorrow tone too took tool tools top topic total totally
    touch toward towards track train tried true truly trust truth try trying turn twice two type typical
    typically ultimately under understand unit unless until up upon us use used useful user uses using usual
    usually value various version very via view visit voice wait walk wall wand want wanted wants war was watch
    water wave way ways we web week well went were west what whatever when whenever where whether which while
    white who whole whom whose why wide wife will win wish with within without woman wonder word words work
    worked working works world worry worse worst worth would wow wrap write writing wrong wrote yeah year years
    yes yesterday yet you young your yours yourself zero
"""
_GERMAN = """
    aber alle allem allen aller alles als also andere anderen auch auf aus bei beim bin bis bist brauche dabei
    dafür dann das dass dein dem den denn der des deshalb dich die dies diese dieser dir doch dort drei durch
    eben eher eigentlich ein eine einem einen einer eines einfach einmal erst euch fast für gab ganz geht gern
    gibt ging gut habe haben halt hat hatte hier ich ihm ihn ihnen ihr immer ins ist jede jeder jetzt kam kann
    kein keine klar kommt lang leicht lieb macht mag mal man mehr mein mich mir mit muss nach nein nicht nichts
    noch nun nur oben ob oder oft ohne recht rein schnell schon sehr sein seine seit selbst sich sie sind sogar
    soll sonst uns unser unten unter viel vielleicht vom von vor war was weil weiß wenig wenn wer werde werden
    wie wieder will wir wird wo wohl zum zur zwar zwei
"""
_FRENCH = """
    ainsi alors après assez aussi autre aux avant avec avoir bel belle bien bon bonne car ceci cela celle celui
    ces cette ceux chaque chez comme dans des deux dire dit dois donc dont elle encore entre est être eux faire
    fait faut fois font ils jamais juste leur leurs lui mais mal même mes mieux moi moins mon nos notre nous oui
    par parce pas peu peut plus pour pourquoi quand que quel quelle qui quoi rien sans selon ses seul soit son
    sont sous suis sur tel tes toi ton toujours tous tout toute toutes très trop une vers veux vos votre vous
    vrai
"""
_SPANISH = """
    ahora algo alguien allí antes aquí así aunque bien bueno cada casi como con cosa creo cual cuando cuenta dar
    desde después día dice donde dos ella ellos entonces entre era eres esa ese eso esta este esto estoy fue
    gran hace hacer hasta hay hoy las les leo linda luego luz mal mar más menos mientras mis mismo mucho muy
    nada ni nos nosotros nunca otra otro paz para pero poco por porque pues que quien rey sea según ser sido
    siempre sin sobre sol solo son soy sus también tan tanto tengo tiene toda todo tres una uno unos usted vale
    vamos ver vez vida voy ya
"""
_ITALIAN = """
    alla anche ancora bella bello bene che chi ciao come con così cosa cui dal dalla dei del della detto dire
    dopo dove due era essere fare fatto fra già gli hanno ieri infatti lei loro lui male mia mio molto nel nella
    noi non nostro ogni oggi oltre per perché più poi prima proprio può qua quale quando quello questa questo
    qui sei senza sia siamo sono sta stella stesso sua sul suo tra troppo tutti tutto una uno vero viola voi
"""
_DUTCH = """
    aan alle alleen als altijd andere ben bij daar dan dat deze die dit doe doen door echt een eens elke erg
    gaan gaat geen goed haar had heb hebben heeft heel hem hen het hier hij hoe hun iets ik jij jou juist kan
    keer kijk kom kon laat maar maken mee meer men met mij mijn moet mooi naar niet niets nog ons onze ook over
    pas roos snel soms toch toen tot uit van vaak veel voor waar wat weer weet wel werd wie wij wil worden zal
    zei zeg zelf zich zij zijn zoals zou
"""
_PORTUGUESE = """
    ainda algo alguém antes aqui assim até bem boa bom cada coisa com como das depois dia disse dois dos ela ele
    eles era essa esse esta estar este estou eu faz fazer foi isso isto já lá luz mais mas mal mar meu minha
    muito nada não nem nos nossa nosso nunca onde ontem outra outro para pela pelo por porque pouco qual quando
    quase que quem sei sem sempre ser seu sim sol são tem tenho ter toda todo tudo uma vai vez você vou
"""
FREQUENT = frozenset(
    word
    for words in (_ENGLISH, _GERMAN, _FRENCH, _SPANISH, _ITALIAN, _DUTCH, _PORTUGUESE)
    for word in words.translate(str.maketrans("áàâãäéèêëíìîïóòôõöúùûüçñß", "aaaaaeeeeiiiiooooouuuucns")).split()
)
"""Words without accents, as folded texts have them."""
