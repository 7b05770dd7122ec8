"""Words that are no reason, by language. Data only.

They are not the stop words of `recsys.stopwords`, which decide what is similar: these are words that a reader
would not accept as something two stories have in common.
"""

from __future__ import annotations

from collections.abc import Mapping

FUNCTION_WORDS: Mapping[str, str] = {
    "en": """
        across ago alike almost alone along already alright although always amid amidst among amongst
        another anybody anyone anything anyway anywhere apart around aside away back barely became become
        becomes behind beside besides beyond briefly cannot dear despite due early either else enough
        especially etc even ever every everybody everyone everything everywhere except far fewer first
        former fully furthermore hardly hence hey however indeed instead last late later latest latter
        least less let likely like little lot lots many maybe meanwhile moreover mostly much myself near
        nearly neither never nevertheless next nobody none nonetheless nothing often oh okay ok ones onto
        others otherwise ourselves outside part past per perhaps please plenty plus possible possibly
        probably quite rather recently regarding roughly second several shortly since somebody somehow
        someone something sometimes somewhere soon still thank thanks themselves therefore third though
        thus together too toward towards twice unless unlike unlikely upon usually various versus via well
        whatever whenever whereas wherever whether whichever whoever whole whom within without worth yeah
        yes yesterday yet today tomorrow tonight himself herself itself yourself one two three four five
        six seven eight nine ten eleven twelve dozen hundred thousand million billion trillion half
        quarter double single same different new old big small large great good better best bad worse
        worst long short high higher highest low lower lowest top more most full hard easy real right
        wrong left own main major minor key true false able sure ready faster slower bigger cheaper
        intervene ban row deal absence happy sad huge tiny whole entire total extra final further current
        previous recent future open closed free live inside close i'm i've i'll i'd couldn doesn don isn
        wasn didn wouldn shouldn aren weren hasn haven won't can't don't fast slow wide deep strong weak
        clear serious special certain common rare young old older younger few
    """,
    "de": """
        aber alle allem allen aller alles also andere anderen anderer anderes beim bereits beide beiden
        bisher dabei dadurch dafür dagegen daher dahin damals damit danach daran darauf darf darum davon
        davor dazu dein deine denn dennoch derzeit deshalb dessen deutlich diese diesem diesen dieser
        dieses dort drei dürfen ebenso eben eigentlich einfach einige einigen einmal erst erste ersten
        erster etwa etwas euch ganz gar genau gerade gern gibt ging hätte hier hin hinter ihn ihnen ihre
        ihrem ihren ihrer immer innen insgesamt irgendwie jede jedem jeden jeder jedes jedoch jetzt kaum
        keinem keinen keiner kommt konnte können könnte künftig lassen lässt letzte letzten machen macht
        manche mal mehrere mich mir muss müssen musste nachdem neben neue neuen neuer neues nichts nie
        niemand noch seit seinem seinen seiner seines selbst sehr sein sei seid sogar solche soll sollen
        sollte sondern sonst sowie statt trotz viel viele vielen vielleicht viermal vier völlig voll waren
        wäre weil weiter weitere weiteren welche wenig weniger wenige werden wieder will wollen wollte
        wohl worden würde würden zehn zudem zuletzt zwar zwei zweite gut gute guten groß große großen
        größte kleine kleinen lange heute gestern morgen jahr jahre jahren jahres tag tage tagen woche
        wochen monat monate monaten uhr zeit mal ende beginn anfang teil fall fälle grund zahl million
        millionen milliarde milliarden prozent euro menschen mann frau männer frauen leute leben welt land
        stadt weg seite platz thema frage fragen antwort antworten problem probleme sache dinge beispiel
        rolle art weise bild überblick hintergrund
    """,
    "es": """
        además ahora algo alguien algún alguna algunas alguno algunos allí antes apenas aquel aquella aquí
        así aún bajo bastante bien cada casi cierto cinco cómo cual cuales cualquier cuánto cuatro debe
        deben decir dentro después dice dicho diez dos ella ellas entonces esa esas ese eso esos están
        estaba estamos estar estas estos etc frente fuera fueron gran grandes había habían hace hacer
        hacia han haya hizo incluso jamás junto luego mayor medio mejor menos mientras mismo misma mismos
        mucha muchas mucho muchos nada nadie ningún ninguna nosotros nuestra nuestro nueva nuevas nuevo
        nuevos nunca ocho otra otras otro otros parte peor poco pocos poder podría primer primera primero
        propia propio pueda puede pueden pues qué quién quiere quieren segunda segundo seis sea sean será
        serán siempre siete sido sin sino solo sólo sus tal tanto tampoco tenía tener tiene tienen tengo
        toda todas todavía todo todos tras tres última últimas último últimos usted va van varias varios
        veces vez ver vive yo hoy ayer mañana año años día días mes meses semana semanas hora horas
        momento tiempo vida mundo país ciudad persona personas gente hombre mujer hombres mujeres forma
        manera caso casos cosa cosas lugar millón millones mil ciento euros
    """,
    "fr": """
        afin ailleurs ainsi alors après assez aucun aucune aujourd'hui auprès aussi autant autre autres
        avant avait avaient avoir ayant beaucoup bien bientôt car cela celle celles celui cent cependant
        certain certaine certaines certains chaque chez cinq combien comment contre davantage début dehors
        déjà demain depuis dernier dernière derniers dernières dès désormais deuxième devant devrait dix
        doit doivent donc dont également encore enfin ensuite environ étaient était eté étant face faire
        fin font fois grâce grand grande grands hier hors huit ici jamais jusqu jusque là laquelle lequel
        lesquels lors lorsque maintenant mal malgré mieux mille million millions milliard milliards moins
        moi mon mal neuf nombreux notamment notre nos nouveau nouveaux nouvelle nouvelles non nul outre
        parce parfois parmi partir passé pendant peu peut peuvent pire plusieurs plutôt pourquoi pourrait
        pourtant premier première près presque puis puisque quand quant quatre quel quelle quelles quelque
        quelques quels quoi rien sauf second sept sera serait seront seul seule seulement si sinon six
        soit soient souvent suite surtout tant tard tel telle telles tels toi tôt toujours tous tout toute
        toutefois toutes trois trop vers veut veulent voici voilà vont votre vos vraiment vrai an ans
        année années jour jours mois semaine semaines heure heures moment temps vie monde pays ville homme
        femme hommes femmes gens personne personnes cas chose choses fait façon partie lieu point place
        exemple euros cours
    """,
    "pt": """
        acordo agora ainda além algo alguém algum alguma algumas alguns ali antes apenas aqui assim
        através bem cada cerca cinco coisa coisas dela dele deles desde dessa desse desta deste deve devem
        dia dias disse diz dois duas elas eles enquanto então era eram esses estão estar estava estes
        estou feito fez fica fim fora foram frente grande grandes hoje hora horas ir isto jamais junto lá
        logo maior mal melhor menos mês meses mesma mesmo mesmos meu mil milhão milhões minha muita muitas
        muito muitos mundo nada nenhum nenhuma ninguém nossa nosso nova novas novo novos nunca oito onde
        ontem outra outras outro outros parte pessoa pessoas pode podem poderá pois porém pouco poucos
        primeira primeiro própria próprio quais qualquer quanto quase quatro segunda segundo seis semana
        semanas sempre será serão sete seus si sido só sob suas tal tanta tanto ter teve tinha toda todas
        todo todos três última últimas último últimos vai vamos vão várias vários vem vez vezes vida você
        vocês ano anos amanhã homem mulher país cidade caso casos forma lugar momento tempo euros reais
    """,
    "it": """
        adesso alcune alcuni allora altra altre altri altro ancora anni anno appena aveva avere avevano
        bene ben cento cinque circa cioè cosa cose così cui dalle degli dello dentro deve devono dieci
        dire dopo dove due dunque durante ecco ecco erano essere fa fare fatto finora fine fino forse
        fuori già giorni giorno grande grandi ieri infatti inoltre insieme intanto invece lei loro lui
        lungo mai male meglio meno mentre mese mesi mezzo mia mila milioni miliardi mio molta molte molti
        molto momento mondo nessun nessuna nessuno niente noi nostra nostro nove nulla nuova nuove nuovi
        nuovo oggi ogni oltre ora ore otto paese parte perciò però persona persone piuttosto poco pochi
        poi possono posto potrebbe prima prime primi primo proprio può qualche qualcosa qualcuno quale
        quali quanto quasi quattro quella quelle quelli quello questi quinto sarà saranno sarebbe sei
        sempre senza sette settimana settimane sia siamo siano solo soltanto sono sopra sotto stata state
        stati stato sta stanno stesso stessa sue suoi tanto tempo terzo tra tre troppo tutta tutte tutti
        tutto ultima ultime ultimi ultimo uomo uomini donna donne vede verso vi via vita voi volta volte
        vuole domani città caso casi modo euro
    """,
    "nl": """
        aldus alle alleen alles altijd ander andere anders beetje ben bent beide bijna binnen boven buiten
        daar daarna daarom dag dagen deden deed dertig doen doet drie dus echt eens eerste eerder elk elke
        eigen enkele even gaan gaat geen gehad geweest goed grote groot haar hadden hebben heel hele hem
        hen hier hoewel hun ieder iedereen iemand iets jaar jaren jij jou jouw jullie keer kunnen kwam
        komt laat laatste later leven lang langs maand maanden maken maakt man mannen meeste mensen mij
        mijn minder minstens misschien moet moeten mogelijk morgen nadat net niemand niets nieuw nieuwe
        nodig nooit omdat onder ons onze ooit opnieuw paar per plek rond sinds soms steeds straks sommige
        stad tegen terug terwijl tijd tijdens toch toen totdat tussen twee tweede uur vaak vanaf vandaag
        gisteren veel verder vier vijf vond vooral volgens voordat vrouw vrouwen waar waarom waren waarin
        week weken weer wel welke weinig wereld werk wil willen wilde worden zelf zelfs zes zeven zich zij
        zoals zonder zou zouden land miljoen miljard euro procent
    """,
    "ru": """
        а без более больше будет будто будут бы был была были было быть в вам вас ваш ведь весь вместе во
        вот впервые все всего всё всех всегда всю вы где году года год годы лет да даже два две дело день
        дня дней для до должен должна должны другие другой его ее её ей ему если есть еще ещё же за здесь
        и из или им именно иначе их к каждый как какая какие какой когда конечно которая которого которое
        которой которые который которых кто куда ли либо лишь лучше люди людей между меня меньше мир мира
        мне много может могут можно мой мы на над надо наш наши не него нее неё некоторые нельзя нет
        неделю нибудь никогда них но ну нужно о об однако один одна одно около он она они оно опять от
        очень перед по под пока поле после потом потому почему почти при про просто против пять раз разве
        с сам сама само самый самая свой своего своей свои своих себе себя сегодня вчера завтра сейчас со
        совсем сразу среди стал стала стали страна страны так также такая такие такой там тебя тем теперь
        то тогда того тоже только том тот три ту тут ты у уже человек человека хотя чего чей чем через что
        чтобы чуть эта эти этого этой этом этот это эту я время времени месяц месяца часть часа часов
        тысяч миллион миллионов миллиардов рублей долларов первый первая первое новый новая новые новое
        самые лицо город города места место вопрос вопросы итоги ситуация
    """,
}
REPORTING_WORDS: Mapping[str, str] = {
    "en": """
        accept accuse achieve act add address admit advise affect agree aim allege allow amount announce
        answer apologise apologize appeal appear approach argue arrive ask attempt attend avoid await back
        base battle beat beg begin believe belong bet blame block boost brace break bring build burn buy
        call care carry cast catch cause celebrate challenge change charge check choose cite claim clash
        climb close collapse come comment compare complain complete concern condemn confirm consider
        contain continue control cope cost count cover crack create criticise criticize cross cry cut
        damage deal decide declare decline defend delay deliver demand deny depend describe deserve detail
        develop die disappear discover discuss draw dream drive drop earn ease emerge end endure enjoy
        enter escape estimate examine expand expect explain explore express extend face fail fall fear
        feature feel fight fill find finish fire fix fly focus follow force form gain gather get give go
        grab grow guide halt handle happen hate head hear help hide highlight hit hold hope host hurt
        identify ignore impact improve include increase inspire insist intend introduce invite involve
        issue join joke jump keep kick kill know lack land lash last launch lay lead learn leave let lie
        lift like link list listen live look lose love maintain make manage mark matter mean meet mention
        miss mount move need note notice obtain occur offer open operate oppose order organise overcome
        own pass pay perform pick plan play plead pledge point pose praise prefer prepare present press
        prevent produce promise propose protect prove provide publish pull push put question quit raise
        reach react read realise realize receive recall reckon recognise recommend record reduce refer
        reflect refuse regret reject relate release remain remember remind remove repeat replace reply
        report represent request require resign resist respond rest result return reveal review ride rise
        risk rule run rush save say search see seek seem sell send serve set settle shake share shift
        shock show shut sign sit slam slip solve sort sound spark speak spell spend split spot stand start
        state stay step stick stop storm strip struggle study succeed suffer suggest support surge suspect
        swap sweep take talk target teach tell test thank think threaten throw tie tip touch trace travel
        treat trigger try turn unveil update urge use view visit vow wait walk want warn watch wear
        welcome win wish witness wonder work worry write yield speed hail plunge soar slump seize vote
        spend stun rock bid tackle ditch axe scrap loom sink swell weigh wake shed
    """,
    "de": """
        sagte sagt sagten sagen meldet meldete berichtet berichtete berichten erklärte erklärt mitgeteilt
        teilte betont betonte kündigt kündigte warnt warnte fordert forderte kritisiert kritisierte
        spricht sprach meint meinte heißt hieß laut zufolge angaben bericht berichte sprecher sprecherin
        mitteilung aussage aussagen interview erklärung äußerung ankündigung meldung nachricht nachrichten
    """,
    "es": """
        dijo dijeron afirma afirmó asegura aseguró explica explicó señala señaló indica indicó anuncia
        anunció advierte advirtió informa informó declaró declara cuenta contó añadió agregó sostuvo
        reveló revela pide pidió denuncia denunció confirma confirmó acusa acusó critica criticó niega
        negó llega busca sigue deja fuentes portavoz declaraciones comunicado noticia noticias informe
        entrevista
    """,
    "fr": """
        dit déclare déclaré affirme affirmé assure assuré explique expliqué annonce annoncé annonçait
        indique indiqué précise précisé estime estimé ajoute ajouté souligne souligné rapporte rapporté
        raconte confirme confirmé dénonce dénoncé accuse accusé appelle appelé demande demandé critique
        révèle révélé reste devient arrive source sources communiqué porte-parole entretien actualité
        actualités article
    """,
    "pt": """
        disse diz dizem afirma afirmou garante garantiu explica explicou anuncia anunciou alerta alertou
        informa informou declara declarou conta contou revela revelou pede pediu nega negou confirma
        confirmou acusa acusou critica criticou fala falou aponta apontou segue fontes porta-voz
        comunicado notícia notícias entrevista declaração
    """,
    "it": """
        dice detto disse afferma affermato spiega spiegato annuncia annunciato avverte dichiara dichiarato
        racconta rivela conferma confermato nega accusa accusato chiede chiesto critica aggiunge
        sottolinea secondo arriva resta fonti portavoce comunicato notizia notizie intervista
        dichiarazione
    """,
    "nl": """
        zegt zei zeggen meldt meldde vertelt vertelde verklaart verklaarde waarschuwt waarschuwde
        bevestigt bevestigde ontkent kondigt vraagt vroeg eist noemt noemde laat blijkt blijft volgens
        woordvoerder bericht nieuws interview verklaring
    """,
    "ru": """
        сказал сказала сообщил сообщила сообщили сообщает заявил заявила заявили заявляет рассказал
        рассказала рассказали объявил объявила отметил отметила подчеркнул подчеркнула добавил добавила
        объяснил объяснила предупредил предупредила назвал назвала назвали раскрыл раскрыли раскрыла
        призвал оценил оценили прокомментировал словам данным информации источник источники новости
        интервью заявление сообщение слова решение подробности
    """,
}
"""Verbs of reporting and other verbs of headlines; of English the bare verb, whose forms count too."""
IRREGULAR_FORMS = """
    asked beaten began begun bought broke broken brought built came caught chose chosen came did done
    drawn drew driven drove fallen fell felt fought flew flown forgot forgotten found gave given gone gone
    got gotten grew grown had heard held hid hidden hit kept knew known laid led left lost lying made
    meant met overcame paid put ran read rode risen rose said sat saw seen sent shook shown shut slain
    sold sought spent spoke spoken spun stood stole stolen stuck struck sung sunk swept taken taught told
    thought threw thrown took tied torn understood went withdrawn withdrew woke won wore worn written
    wrote dying died dies
"""
"""Irregular forms of the English verbs."""
CALENDAR: Mapping[str, str] = {
    "en": """
        january february march april may june july august september october november december jan feb mar
        apr jun jul aug sept sep oct nov dec monday tuesday wednesday thursday friday saturday sunday mon
        tue tues wed thu thurs fri sat sun mondays tuesdays wednesdays thursdays fridays saturdays sundays
        weekend weekends day days week weeks month months year years hour hours minute minutes morning
        afternoon evening night am pm gmt bst est edt utc spring summer autumn fall winter
    """,
    "de": """
        januar jänner februar märz april mai juni juli august september oktober november dezember montag
        dienstag mittwoch donnerstag freitag samstag sonnabend sonntag montags wochenende vormittag mittag
        nachmittag abend nacht frühling sommer herbst winter stunde stunden minuten
    """,
    "es": """
        enero febrero marzo abril mayo junio julio agosto septiembre setiembre octubre noviembre diciembre
        lunes martes miércoles jueves viernes sábado domingo tarde noche primavera verano otoño invierno
    """,
    "fr": """
        janvier février mars avril mai juin juillet août septembre octobre novembre décembre lundi mardi
        mercredi jeudi vendredi samedi dimanche matin soir nuit week-end printemps été automne hiver
    """,
    "pt": """
        janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro
        segunda-feira terça-feira quarta-feira quinta-feira sexta-feira segunda terça quarta quinta sexta
        sábado domingo manhã tarde noite primavera verão outono inverno
    """,
    "it": """
        gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre
        lunedì martedì mercoledì giovedì venerdì sabato domenica mattina sera notte primavera estate
        autunno inverno
    """,
    "nl": """
        januari februari maart april mei juni juli augustus september oktober november december maandag
        dinsdag woensdag donderdag vrijdag zaterdag zondag weekend ochtend middag avond nacht lente zomer
        herfst winter
    """,
    "ru": """
        январь января январе февраль февраля феврале март марта марте апрель апреля апреле май мая мае
        июнь июня июне июль июля июле август августа августе сентябрь сентября сентябре октябрь октября
        октябре ноябрь ноября ноябре декабрь декабря декабре понедельник вторник среда среду четверг
        пятница пятницу суббота субботу воскресенье утро утром вечер вечером ночь ночью весна лето осень
        зима зимой летом весной осенью
    """,
}
AMBIGUOUS_MONTHS = frozenset("may june april august march mai mars marzo mayo jan mon sun".split())
"""Months that are part of people's names, too: kept in a name of several words."""
BOILERPLATE: Mapping[str, str] = {
    "en": """
        javascript cookie cookies comment comments newsletter newsletters subscribe subscriber
        subscription subscribers sign signup login log register advertisement advertisements advertising
        sponsored copyright reserved rights privacy policy terms conditions facebook twitter instagram
        whatsapp linkedin youtube tiktok reddit email e-mail app browser print click tap scroll menu home
        homepage read story stories article articles headline headlines news breaking exclusive analysis
        opinion editorial video videos watch photo photos picture pictures image images gallery podcast
        podcasts audio getty reuters afp ap pa source credit caption correspondent reporter reporters ok okay
        editor editors journalism donate donation contact follow tips updated update updates published
        page website site link links faq q&a quiz trending popular related explained explainer timeline
        factbox feature features media bbc iplayer sounds newsround
    """,
    "de": """
        javascript cookies kommentar kommentare newsletter abo abonnieren anmelden anmeldung registrieren
        anzeige werbung impressum datenschutz foto fotos bild bilder video videos podcast artikel leser
        startseite redaktion quelle teilen lesen
    """,
    "es": """
        javascript cookies comentario comentarios boletín suscríbete suscripción publicidad privacidad
        foto fotos vídeo vídeos video galería podcast artículo lectores redacción compartir directo última
        hora
    """,
    "fr": """
        javascript cookies commentaire commentaires newsletter abonnez-vous abonnement abonnés publicité
        photo photos vidéo vidéos image images galerie podcast lire lecteurs rédaction partager direct
        infolettre
    """,
    "pt": """
        javascript cookies comentário comentários newsletter assine assinatura publicidade privacidade
        foto fotos vídeo vídeos galeria podcast artigo leitores redação partilhar compartilhar direto
    """,
    "it": """
        javascript cookie commento commenti newsletter abbonati abbonamento pubblicità privacy foto video
        galleria podcast articolo lettori redazione condividi diretta
    """,
    "nl": """
        javascript cookies reactie reacties nieuwsbrief abonneer abonnement advertentie privacy foto
        foto's video podcast artikel lezers redactie delen
    """,
    "ru": """
        javascript cookie комментарии комментарий подписка подпишитесь реклама фото видео галерея подкаст
        статья читатели редакция поделиться читайте фотографии
    """,
}
"""Boilerplate: navigation, forms, credits. The rest of a site's boilerplate shows by its frequency."""
TITLES: Mapping[str, str] = {
    "en": """
        mr mrs ms miss mx dr prof professor sir dame lord lady baroness baron rev reverend president
        vice-president vicepresident ex-president premier minister chancellor secretary senator sen
        whip governor gov gov.-elect governor-elect president-elect rep reps congressman congresswoman
        councillor cllr mayor mp mps msp captain capt lt sgt sergeant colonel col inspector superintendent
        detective constable det insp supt leader speaker chairman chairwoman chairperson spokesman
        spokeswoman spokesperson director ceo judge coroner commissioner archbishop bishop cardinal
        ambassador treasurer sheriff auditor deputy former acting ex-prime ex-chancellor lieutenant coach
        boss manager author actor actress singer co-founder controller chair attorney commonwealth
        democrat republican founder reporter editor correspondent
    """,
    "de": """
        herr frau dr prof präsident präsidentin us-präsident bundespräsident kanzler kanzlerin
        bundeskanzler bundeskanzlerin minister ministerin außenminister außenministerin finanzminister
        innenminister verteidigungsminister ministerpräsident ministerpräsidentin bürgermeister
        bürgermeisterin oberbürgermeister chef chefin trainer premierminister regierungschef sprecher
        sprecherin parteichef staatschef generalsekretär senator könig papst
    """,
    "es": """
        señor señora sr sra don doña dr dra presidente presidenta ministro ministra alcalde alcaldesa
        secretario secretaria general gobernador gobernadora diputado diputada senador senadora juez jueza
        director directora portavoz
    """,
    "fr": """
        m mm mme mlle monsieur madame dr président présidente ministre maire premier première député
        députée sénateur sénatrice juge directeur directrice porte-parole secrétaire
    """,
    "pt": """
        senhor senhora sr sra dr dra presidente ministro ministra prefeito prefeita governador governadora
        deputado deputada senador senadora juiz juíza diretor diretora
    """,
    "it": """
        signor signora dott dr presidente premier ministro ministra sindaco sindaca senatore senatrice
        onorevole giudice direttore direttrice
    """,
    "nl": """
        meneer mevrouw dr president premier minister burgemeester staatssecretaris directeur woordvoerder
        voorzitter
    """,
    "ru": """
        президент президента премьер премьер-министр министр министра глава главы губернатор губернатора
        мэр мэра депутат депутата сенатор директор господин госпожа
    """,
}
GENERIC_NAMES: Mapping[str, str] = {
    "en": """
        academy act agency airport american americans area army assembly association authority bank bill
        board british britain's building bureau business campaign capitol case central centre center
        chamber charity charter chief child children church city civil class club college commission
        committee commons community company conference congress conservative constitution convention
        corporation council county court crown daily defence defense democracy democrat democratic
        democrats department district division east eastern education election embassy employees england's
        english european executive family federal federation film force forces foreign foundation fund
        general god government governors grand group health high highway hospital hotel house independent
        industry inquiry institute institution international internet investigation island justice king
        labour land law lawyers liberal library local lords magistrates market media medical member
        members military ministry mother museum nation national nations north northern occupation office
        official officials order organisation organization parliament parties party people police policy
        post press prime prince princess prison professors programme program project protection public
        queen research republic republican republicans river road royal russian russian's school science
        senate service services social society south southern standard state states station street student
        students supreme system television theatre times tory tories town trade transport treasury trust
        union unit united university utilities victims village voters war water way welsh west western
        white workers world youth zone latin secretaries presidents ministers senators christian muslim
        jewish catholic chinese french german italian japanese spanish irish scottish ukrainian israeli
        iranian african asian arab dutch canadian australian mexican greek turkish indian pakistani polish
        swedish danish nothing questions question note editor's unfortunately fortunately exhibit id gb ni
        da mp order alliance club ceo gop tv pm section article chapter part volume appendix table figure
        summary background details
    """,
}
"""Words that are capitalised in names and at times alone, where they name nothing in particular."""
ABBREVIATIONS = frozenset(
    """
    st mr mrs ms dr prof rev hon jr sr gov sen rep reps gen col lt sgt capt cpl maj ft mt no co inc ltd
    corp bros vs det insp supt sta ste bd dott sig sra dra mme mlle
    """.split()
)
"""After these a full stop does not end a sentence."""
GENERAL_NOUNS: Mapping[str, str] = {
    "en": """
        decision decisions motion motions date dates plan plans case cases order orders deal deals offer
        offers row rows move moves sale sales rate rates trial trials talks meeting meetings route routes
        result results event events project projects scheme schemes effort efforts rule rules role roles
        level levels group groups number numbers amount amounts price prices cost costs future history
        chance chances problem problems question questions answer answers reason reasons thing things way
        ways place places part parts side sides step steps stage stages scene scenes change changes
        incident incidents situation situations condition conditions process review reviews appeal appeals
        passenger passengers resident residents owner owners worker workers victim victims fan fans
    """,
}
"""Nouns that need another word to say what a story is about."""

CONNECTORS: Mapping[str, str] = {
    "en": "of de la del van von der bin bint ibn al el du di & ",
    "de": "von van zu &",
    "es": "de la del las los &",
    "fr": "de la du des &",
    "pt": "de da do dos das &",
    "it": "di de del della delle dei degli &",
    "nl": "van de der den het ter &",
    "ru": "де фон ван &",
}
"""Small words inside names."""
