package app

import (
	"time"

	"kvart/internal/platform/i18n"
	"kvart/internal/programme"
)

// demoSpace is a room that the sample weeks need beside those of the network's file.
type demoSpace struct {
	Slug  string
	Name  i18n.Text
	Holds int
}

// demoTime is one weekly time of an activity. With a day of zero the weekday is today's, so that something is on
// whatever day the demo is started.
type demoTime struct {
	Day     time.Weekday
	Today   bool
	Start   string
	Minutes int
}

// demoActivity is an activity of the sample weeks.
type demoActivity struct {
	Key                string // how the stops of the tour find it
	Centre             string // slug
	Title, About       i18n.Text
	Bring              i18n.Text
	Groups             []string
	Kind, Place, Space string
	At                 i18n.Text // meeting point or address
	URL                string
	Times              []demoTime
	Capacity           int
	DeskShare          int
	Series             bool
	Discreet           bool
	Adults             bool
	Regulars           int // how many come by name, about
	Others             int // how many more are counted, about
}

func in3(hr, en, nb string) i18n.Text { return i18n.Text{i18n.HR: hr, i18n.EN: en, i18n.NB: nb} }

// The centres of the seed network.
const (
	sixteen   = "sesnaestica"
	vestigium = "vestigium"
	downtown  = "senior-centar-donji-grad"
	jarun     = "senior-centar-jarun"
)

// demoSpaces are rooms beside those of the network's file, so that there is something to choose from.
var demoSpaces = map[string][]demoSpace{
	sixteen:   {{"mala-soba", in3("Mala soba", "Small room", "Lillestua"), 16}},
	vestigium: {{"ucionica", in3("Učionica", "Classroom", "Klasserom"), 18}},
	jarun:     {{"soba-uz-terasu", in3("Soba uz terasu", "Terrace room", "Rommet ved terrassen"), 16}},
}

func on(start string, minutes int, days ...time.Weekday) []demoTime {
	var list []demoTime
	for _, d := range days {
		list = append(list, demoTime{Day: d, Start: start, Minutes: minutes})
	}
	return list
}

var demoActivities = []demoActivity{
	// Šesnaestica
	{Key: "coffee", Centre: sixteen, Kind: programme.Open, Place: programme.InSpace, Space: "kuhinja", Times: []demoTime{{Today: true, Minutes: 90}}, Regulars: 9, Others: 4,
		Title: in3("Razgovor uz kavu", "A cup and a chat", "En kopp og en prat"),
		About: in3("Kava je skuhana, stolac se uvijek nađe. Tko dođe prvi put, netko ga dočeka na vratima.",
			"The coffee is made and there is always one more chair. If it is your first time, somebody meets you at the door.",
			"Kaffen er klar, og det finnes alltid en stol til. Kommer du for første gang, blir du møtt i døra."),
		Bring: in3("Ništa. Šalicu imamo.", "Nothing. We have a cup for you.", "Ingenting. Vi har en kopp til deg.")},
	{Centre: sixteen, Kind: programme.Open, Place: programme.InSpace, Space: "velika-soba", Times: on("13:00", 240, time.Monday, time.Wednesday, time.Friday), Regulars: 5, Others: 12,
		Title: in3("Dnevni boravak", "Open living room", "Åpen stue"),
		About: in3("Vrata su otvorena. Novine, šah, pristup internetu i kutak za čitanje, bez prijave i bez pitanja.",
			"The door is open. Newspapers, chess, internet and a reading corner; no registering and no questions.",
			"Døra er åpen. Aviser, sjakk, nett og en lesekrok, uten påmelding og uten spørsmål.")},
	{Key: "repair", Centre: sixteen, Kind: programme.Open, Place: programme.InSpace, Space: "radionica", Times: on("10:00", 180, time.Saturday), Regulars: 4, Others: 14,
		Title: in3("Donesite što ne radi", "Bring what is broken", "Ta med det som ikke virker"),
		About: in3("Glačalo, lampa, bicikl, patentni zatvarač: za stolom se zajedno vidi što mu je. Uspije otprilike dvaput od triput.",
			"An iron, a lamp, a bicycle, a zip: at the table we find out together what is wrong. It works about two times out of three.",
			"Strykejern, lampe, sykkel, glidelås: ved bordet finner vi sammen ut hva som er galt. Det går bra to av tre ganger."),
		Bring: in3("Stvar koja ne radi i, ako ga još ima, punjač ili kabel.", "The thing itself and, if you still have it, its charger or cable.", "Tingen selv og, hvis du fortsatt har den, lader eller ledning.")},
	{Key: "phone", Centre: sixteen, Kind: programme.Places, Place: programme.InSpace, Space: "mala-soba", Times: on("10:00", 90, time.Tuesday, time.Thursday), Capacity: 8, DeskShare: 3, Groups: []string{"a"}, Regulars: 6,
		Title: in3("Pitanja o mobitelu, bez žurbe", "Questions about your phone, no hurry", "Spørsmål om mobilen, uten hastverk"),
		About: in3("Slike, poruke, propusnica za liječnika, lozinke. Jedno po jedno, i onoliko puta koliko treba.",
			"Pictures, messages, the doctor's booking, passwords. One thing at a time, and as often as it takes.",
			"Bilder, meldinger, legetimen, passord. Én ting om gangen, og så mange ganger som trengs."),
		Bring: in3("Svoj mobitel i naočale.", "Your phone and your glasses.", "Mobilen din og brillene.")},
	{Centre: sixteen, Kind: programme.Fixed, Place: programme.InSpace, Space: "velika-soba", Times: on("18:00", 120, time.Tuesday), Capacity: 26, Series: true, Regulars: 17,
		Title: in3("Zbor Šesnaestice", "The Šesnaestica choir", "Koret i Šesnaestica"),
		About: in3("Stalna grupa, novi glasovi dobrodošli početkom tromjesečja. Note nisu uvjet.",
			"A fixed group; new voices are welcome at the start of a quarter. Reading music is not needed.",
			"En fast gruppe; nye stemmer er velkomne ved starten av kvartalet. Du trenger ikke kunne noter.")},
	{Centre: sixteen, Kind: programme.Places, Place: programme.InSpace, Space: "mala-soba", Times: on("18:00", 90, time.Thursday), Capacity: 12, Regulars: 8, Others: 1,
		Title: in3("Stol za norveški i hrvatski", "The Norwegian and Croatian table", "Norsk- og kroatiskbordet"),
		About: in3("Sat na jednom jeziku, pola sata na drugom. Griješi se slobodno i naglas.",
			"An hour in one language, half an hour in the other. Make your mistakes freely and out loud.",
			"En time på det ene språket, en halvtime på det andre. Feil gjør vi fritt og høyt.")},
	{Centre: sixteen, Kind: programme.Fixed, Place: programme.InSpace, Space: "mala-soba", Times: on("18:00", 90, time.Wednesday), Capacity: 14, Series: true, Regulars: 10,
		Title: in3("Čitateljski krug", "Reading circle", "Lesesirkel"),
		About: in3("Jedna knjiga mjesečno, iz gradske knjižnice. Tko je nije stigao pročitati, smije slušati.",
			"One book a month, from the city library. If you did not get to the end, come and listen.",
			"Én bok i måneden, fra byens bibliotek. Rakk du ikke å lese ferdig, så kom og hør på.")},
	{Key: "dinner", Centre: sixteen, Kind: programme.Places, Place: programme.InSpace, Space: "velika-soba", Times: on("18:00", 120, time.Friday), Capacity: 16, DeskShare: 4, Regulars: 14, Others: 1,
		Title: in3("Susjedska večera", "Neighbours' dinner", "Nabomiddag"),
		About: in3("Dug stol, jedan lonac i onoliko priča koliko stane. Kuha tko hoće, jedu svi.",
			"A long table, one pot, and as many stories as there is room for. Cook if you like; everybody eats.",
			"Et langbord, én gryte og så mange historier som det er plass til. De som vil, lager mat; alle spiser."),
		Bring: in3("Recite nam ako nešto ne jedete.", "Tell us if there is something you do not eat.", "Si fra hvis det er noe du ikke spiser.")},
	{Centre: sixteen, Kind: programme.Places, Place: programme.InSpace, Space: "radionica", Times: on("17:00", 120, time.Monday), Capacity: 10, Regulars: 7,
		Title: in3("Šivamo i krpamo", "Sewing and mending", "Vi syr og lapper"),
		About: in3("Tri šivaća stroja i jedan strpljiv razgovor. Može se krenuti od gumba.",
			"Three sewing machines and one patient conversation. A button is a fine place to start.",
			"Tre symaskiner og én tålmodig samtale. Det går an å begynne med en knapp.")},
	{Key: "circle", Centre: sixteen, Kind: programme.Places, Place: programme.InSpace, Space: "mala-soba", Times: on("18:00", 90, time.Monday), Capacity: 12, Discreet: true, Groups: []string{"c"}, Others: 7,
		Title: in3("Krug ponedjeljkom", "Monday circle", "Mandagskretsen"),
		About: in3("Susret za one koji su pozvani osobno.", "A meeting for those who were asked in person.", "Et møte for dem som er spurt personlig.")},

	// Vestigium
	{Centre: vestigium, Kind: programme.Open, Place: programme.InSpace, Space: "dvorana", Times: on("15:00", 165, time.Friday), Groups: []string{"b"}, Regulars: 6, Others: 15,
		Title: in3("Društvene igre do zatvaranja", "Board games till closing time", "Brettspill til vi stenger"),
		About: in3("Police pune igara i netko tko zna pravila. Može se doći i bez društva, stol se nađe.",
			"Shelves of games and somebody who knows the rules. Come alone if you like; a table will have you.",
			"Hyller fulle av spill og noen som kan reglene. Kom gjerne alene, det finnes et bord til deg.")},
	{Centre: vestigium, Kind: programme.Places, Place: programme.InSpace, Space: "ucionica", Times: on("16:00", 120, time.Monday, time.Wednesday), Capacity: 15, Groups: []string{"b"}, Regulars: 11, Others: 1,
		Title: in3("Zajedno za zadaće", "Homework together", "Lekser sammen"),
		About: in3("Matematika, hrvatski, engleski i ono što je baš danas zapelo. Uz voće i čaj.",
			"Maths, Croatian, English and whatever got stuck today. With fruit and tea.",
			"Matte, kroatisk, engelsk og det som akkurat i dag sto fast. Med frukt og te.")},
	{Centre: vestigium, Kind: programme.Places, Place: programme.InSpace, Space: "radionica", Times: on("17:00", 180, time.Tuesday), Capacity: 6, Groups: []string{"b"}, Regulars: 5,
		Title: in3("Glazba u podrumu", "Music in the basement", "Musikk i kjelleren"),
		About: in3("Bubnjevi, pojačala i mikrofon čekaju. Dogovor oko reda: tri pjesme, pa dalje.",
			"Drums, amplifiers and a microphone are waiting. The rule for turns: three songs, then on.",
			"Trommer, forsterkere og mikrofon står klare. Regelen: tre låter, så neste.")},
	{Key: "garden", Centre: vestigium, Kind: programme.Open, Place: programme.Outdoors, Times: on("09:30", 120, time.Saturday), Regulars: 6, Others: 5,
		Title: in3("Vrt na Vrbanima", "The garden in Vrbani", "Hagen på Vrbani"),
		About: in3("Gredice su zajedničke, rajčice također. Zimi se planira, od ožujka se kopa.",
			"The beds are shared and so are the tomatoes. In winter we plan, from March on we dig.",
			"Bedene er felles, og det er tomatene også. Om vinteren planlegger vi, fra mars graver vi."),
		At: in3("Kod ulaza u centar", "At the centre's entrance", "Ved inngangen til senteret")},
	{Centre: vestigium, Kind: programme.Places, Place: programme.InSpace, Space: "ucionica", Times: on("17:00", 90, time.Thursday), Capacity: 10, Groups: []string{"b"}, Regulars: 6,
		Title: in3("Prva prijava za posao", "Your first job application", "Din første jobbsøknad"),
		About: in3("Životopis na jednoj stranici, pismo koje zvuči kao vi, i proba razgovora.",
			"A one-page CV, a letter that sounds like you, and a practice interview.",
			"En CV på én side, et brev som høres ut som deg, og et øvingsintervju.")},
	{Key: "online", Centre: vestigium, Kind: programme.Places, Place: programme.Online, URL: "https://razgovor.example/kvart", Times: on("19:00", 60, time.Wednesday), Capacity: 12, Regulars: 7, Others: 1,
		Title: in3("Hrvatski za susjede, preko ekrana", "Croatian for neighbours, on screen", "Kroatisk for naboer, på skjerm"),
		About: in3("Za one koji su se doselili. Razgovor o danu koji je bio, bez udžbenika.",
			"For those who moved here. A conversation about the day that was, without a textbook.",
			"For deg som har flyttet hit. En samtale om dagen som var, uten lærebok.")},
	{Centre: vestigium, Kind: programme.Places, Place: programme.Outdoors, Times: on("15:00", 120, time.Sunday), Capacity: 12, Regulars: 7, Others: 1,
		Title: in3("Kvart u fotografiji", "The neighbourhood in pictures", "Nabolaget i bilder"),
		About: in3("Šetnja s fotoaparatom ili mobitelom. Na kraju mjeseca izložba u hodniku.",
			"A walk with a camera or a phone. At the end of the month, an exhibition in the corridor.",
			"En tur med kamera eller mobil. I slutten av måneden henger bildene i gangen."),
		At: in3("Okretište tramvaja, kod klupe", "The tram terminus, by the bench", "Trikkens endestasjon, ved benken")},
	{Centre: vestigium, Kind: programme.Places, Place: programme.InSpace, Space: "ucionica", Times: on("15:00", 60, time.Thursday), Capacity: 8, Discreet: true, Groups: []string{"b"}, Others: 4,
		Title: in3("Razgovor četvrtkom", "Thursday talk", "Torsdagspraten"),
		About: in3("Susret za one koji su pozvani osobno.", "A meeting for those who were asked in person.", "Et møte for dem som er spurt personlig.")},

	// Senior centar Donji grad
	{Centre: downtown, Kind: programme.Places, Place: programme.InSpace, Space: "dnevni-boravak", Times: on("09:00", 60, time.Monday, time.Thursday), Capacity: 14, DeskShare: 5, Groups: []string{"a"}, Regulars: 11,
		Title: in3("Jutarnje razgibavanje", "Morning stretch", "Morgentrim"),
		About: in3("Vježbe na stolcu i uz stolac. Tko danas ne može ruku podići, podigne drugu.",
			"Exercises on a chair and beside it. If one arm will not go up today, raise the other.",
			"Øvelser på stol og ved stol. Går ikke den ene armen opp i dag, så løft den andre."),
		Bring: in3("Udobne cipele.", "Comfortable shoes.", "Gode sko.")},
	{Key: "legal", Centre: downtown, Kind: programme.Places, Place: programme.InSpace, Space: "mala-soba", Times: on("10:00", 120, time.Wednesday), Capacity: 6, DeskShare: 3, Regulars: 5,
		Title: in3("Pravni savjeti", "Legal advice", "Juridisk råd"),
		About: in3("Stanarska pitanja, nasljeđivanje, ugovori i računi. Dvadeset minuta nasamo, besplatno.",
			"Tenancy, inheritance, contracts and bills. Twenty minutes in private, free of charge.",
			"Husleie, arv, avtaler og regninger. Tjue minutter på tomannshånd, gratis."),
		Bring: in3("Papire o kojima je riječ.", "The papers in question.", "Papirene det gjelder.")},
	{Centre: downtown, Kind: programme.Open, Place: programme.InSpace, Space: "mala-soba", Times: on("15:00", 180, time.Tuesday, time.Thursday), Regulars: 7, Others: 6,
		Title: in3("Šah i bela", "Chess and belot", "Sjakk og kort"),
		About: in3("Dva stola za šah, dva za kartanje. Početnike uče oni koji najčešće gube.",
			"Two tables for chess, two for cards. Beginners are taught by those who lose most often.",
			"To bord for sjakk, to for kort. Nybegynnere læres opp av dem som taper oftest.")},
	{Centre: downtown, Kind: programme.Open, Place: programme.InSpace, Space: "dnevni-boravak", Times: on("15:30", 150, time.Thursday), Regulars: 5, Others: 18,
		Title: in3("Film i razgovor", "A film and a talk", "Film og prat"),
		About: in3("Stari filmovi na velikom platnu, s titlovima i pauzom. Razgovor traje koliko i čaj.",
			"Old films on a big screen, with subtitles and a break. The talk lasts as long as the tea.",
			"Gamle filmer på stort lerret, med teksting og pause. Praten varer så lenge teen varer.")},
	{Centre: downtown, Kind: programme.Open, Place: programme.InSpace, Space: "dnevni-boravak", Times: on("10:00", 240, time.Tuesday, time.Friday), Regulars: 6, Others: 9,
		Title: in3("Dnevni boravak", "Open living room", "Åpen stue"),
		About: in3("Toplo, svijetlo i bez stepenica. Novine su na stolu, čaj je u termosici.",
			"Warm, bright and without steps. The papers are on the table, the tea is in the flask.",
			"Varmt, lyst og uten trapper. Avisene ligger på bordet, teen står på kanne.")},
	{Centre: downtown, Kind: programme.Places, Place: programme.InSpace, Space: "mala-soba", Times: on("09:00", 120, time.Friday), Capacity: 8, DeskShare: 4, Regulars: 6,
		Title: in3("Pisma i molbe", "Letters and forms", "Brev og skjemaer"),
		About: in3("Pismo iz ureda koje nije jasno, obrazac koji ne prima kvačicu. Čitamo i pišemo zajedno.",
			"A letter from an office that is not clear, a form that refuses its tick. We read and write together.",
			"Et brev fra et kontor som ikke er klart, et skjema som nekter. Vi leser og skriver sammen.")},

	// Senior centar Jarun
	{Key: "walk", Centre: jarun, Kind: programme.Places, Place: programme.Outdoors, Times: on("08:30", 90, time.Tuesday, time.Saturday), Capacity: 20, DeskShare: 6, Groups: []string{"a"}, Regulars: 13, Others: 1,
		Title: in3("Nordijsko hodanje oko Jaruna", "Nordic walking around Jarun", "Stavgang rundt Jarun"),
		About: in3("Krug ili pola kruga, brzinom onoga tko je najsporiji. Štapove posuđujemo.",
			"Once around or half, at the pace of the slowest. We lend the poles.",
			"En runde eller en halv, i takt med den som går saktest. Vi låner ut staver."),
		At: in3("Ulaz u park kod tramvajskog okretišta", "The park gate by the tram terminus", "Parkinngangen ved trikkens endestasjon")},
	{Centre: jarun, Kind: programme.Open, Place: programme.InSpace, Space: "dnevni-boravak", Times: on("16:00", 90, time.Tuesday), Regulars: 8, Others: 7,
		Title: in3("Pjevamo, pa kako ispadne", "We sing and see how it goes", "Vi synger, så får det gå som det går"),
		About: in3("Stare pjesme, velik tisak na papiru i harmonika koja katkad zakasni.",
			"Old songs, large print, and an accordion that is sometimes late.",
			"Gamle sanger, stor skrift og et trekkspill som av og til kommer sent.")},
	{Centre: jarun, Kind: programme.Places, Place: programme.InSpace, Space: "dnevni-boravak", Times: on("12:30", 90, time.Thursday), Capacity: 18, DeskShare: 8, Groups: []string{"a"}, Regulars: 14, Others: 1,
		Title: in3("Ručak četvrtkom", "Thursday lunch", "Torsdagslunsj"),
		About: in3("Juha, glavno jelo i kolač. Prijavite se, da znamo koliko tanjura treba.",
			"Soup, a main dish and cake. Register so that we know how many plates.",
			"Suppe, hovedrett og kake. Meld deg på, så vi vet hvor mange tallerkener.")},
	{Centre: jarun, Kind: programme.Places, Place: programme.InSpace, Space: "dnevni-boravak", Times: on("15:30", 150, time.Thursday), Capacity: 12, Groups: []string{"a", "b"}, Regulars: 8, Others: 1,
		Title: in3("Stari recepti, mladi kuhari", "Old recipes, young cooks", "Gamle oppskrifter, unge kokker"),
		About: in3("Recepti iz bilježnica, ruke koje uče. Na kraju se sve pojede.",
			"Recipes out of old notebooks, hands that learn. In the end everything is eaten.",
			"Oppskrifter fra gamle notatbøker, hender som lærer. Til slutt spises alt opp.")},
	{Centre: jarun, Kind: programme.Places, Place: programme.InSpace, Space: "soba-uz-terasu", Times: on("10:00", 120, time.Monday), Capacity: 12, Regulars: 8,
		Title: in3("Akvarel uz terasu", "Watercolour by the terrace", "Akvarell ved terrassen"),
		About: in3("Boje i papir su tu. Slika se ono što se vidi kroz prozor, ili baš ono što se ne vidi.",
			"Paint and paper are here. We paint what is seen through the window, or just what is not.",
			"Maling og papir er her. Vi maler det vi ser gjennom vinduet, eller nettopp det vi ikke ser.")},
	{Centre: jarun, Kind: programme.Open, Place: programme.InSpace, Space: "dnevni-boravak", Times: on("09:00", 180, time.Monday, time.Wednesday, time.Friday), Regulars: 6, Others: 8,
		Title: in3("Dnevni boravak", "Open living room", "Åpen stue"),
		About: in3("Mjesto uz prozor, novine i netko za razgovor. Domine su u ladici.",
			"A seat by the window, newspapers and somebody to talk to. The dominoes are in the drawer.",
			"En plass ved vinduet, aviser og noen å prate med. Dominoen ligger i skuffen.")},
}

// demoWords make passphrases: short, without letters that a foreign keyboard lacks, hard to mishear.
var demoWords = []string{
	"banana", "barka", "bicikl", "bor", "breskva", "breza", "brod", "bubanj", "cimet", "cvijet", "dlan", "dunja", "fenjer", "glog", "golub", "grad", "grana", "hrast",
	"igla", "izvor", "jabuka", "javor", "jedro", "jelen", "jezero", "kamen", "karta", "kesten", "klupa", "kolut", "korak", "kornet", "kruh", "lampa", "lipa", "list",
	"livada", "lopta", "lutka", "marelica", "med", "metla", "mlin", "more", "most", "naranca", "nebo", "oblak", "obala", "orah", "otok", "pero", "pismo", "plima",
	"polje", "potok", "prozor", "ptica", "putnik", "rijeka", "rosa", "sat", "selo", "sidro", "sito", "sjena", "slama", "smokva", "snijeg", "stol", "sunce", "svila",
	"terasa", "toranj", "trava", "trska", "tulipan", "uvala", "val", "vatra", "veslo", "vinograd", "violina", "vjetar", "voda", "vrana", "vrt", "vuna", "zemlja", "zima",
	"zrno", "zvono", "zvijezda", "zub", "jutro", "ponoc", "kiselica", "malina", "kupina", "ribar", "pekar", "staza",
}
