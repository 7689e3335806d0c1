package playground

// culture is where a sample customer's name and city come from. Text in many
// scripts shows at once where bytes are mistaken for characters.
type culture struct {
	country  string
	language string
	// familyFirst: the family name is written first, without a space if joined.
	familyFirst bool
	joined      bool
	given       []string
	family      []string
	cities      []string
}

func cultures() []culture {
	return []culture{
		{
			country: "GR", language: "el",
			given:  []string{"Ελένη", "Γιώργος", "Μαρία", "Δημήτρης", "Σοφία", "Νίκος"},
			family: []string{"Παπαδοπούλου", "Βασιλείου", "Γεωργίου", "Οικονόμου", "Καραγιάννη"},
			cities: []string{"Αθήνα", "Θεσσαλονίκη", "Ηράκλειο"},
		},
		{
			country: "UA", language: "uk",
			given:  []string{"Оксана", "Тарас", "Наталія", "Богдан", "Їванна", "Юрій"},
			family: []string{"Шевченко", "Коваленко", "Бондаренко", "Ткачук", "Мельник"},
			cities: []string{"Київ", "Львів", "Одеса"},
		},
		{
			country: "CN", language: "zh", familyFirst: true, joined: true,
			given:  []string{"伟", "芳", "秀英", "娜", "强", "晓明"},
			family: []string{"王", "李", "张", "刘", "陈"},
			cities: []string{"北京", "上海", "成都"},
		},
		{
			country: "JP", language: "ja", familyFirst: true,
			given:  []string{"さくら", "翔太", "美咲", "健一", "陽菜", "大輔"},
			family: []string{"佐藤", "鈴木", "高橋", "田中", "渡辺"},
			cities: []string{"東京", "大阪", "札幌"},
		},
		{
			country: "KR", language: "ko", familyFirst: true, joined: true,
			given:  []string{"민준", "서연", "지훈", "하은", "도윤", "수아"},
			family: []string{"김", "이", "박", "최", "정"},
			cities: []string{"서울", "부산", "대구"},
		},
		{
			country: "EG", language: "ar",
			given:  []string{"فاطمة", "أحمد", "مريم", "يوسف", "ليلى", "عمر"},
			family: []string{"حسن", "إبراهيم", "السيد", "منصور", "عبد الله"},
			cities: []string{"القاهرة", "الإسكندرية", "أسوان"},
		},
		{
			country: "IL", language: "he",
			given:  []string{"נועה", "דוד", "תמר", "יוסי", "מיכל", "איתן"},
			family: []string{"כהן", "לוי", "מזרחי", "פרץ", "ביטון"},
			cities: []string{"תל אביב", "חיפה", "ירושלים"},
		},
		{
			country: "IN", language: "hi",
			given:  []string{"अनिता", "राहुल", "प्रिया", "विजय", "सुनीता", "अर्जुन"},
			family: []string{"शर्मा", "वर्मा", "गुप्ता", "सिंह", "पटेल"},
			cities: []string{"दिल्ली", "मुंबई", "जयपुर"},
		},
		{
			country: "TH", language: "th",
			given:  []string{"สมชาย", "มาลี", "ประเสริฐ", "อรทัย", "สุดา", "วิชัย"},
			family: []string{"แสงทอง", "ใจดี", "ศรีสุข", "วงศ์ใหญ่", "บุญมา"},
			cities: []string{"กรุงเทพมหานคร", "เชียงใหม่", "ภูเก็ต"},
		},
		{
			country: "VN", language: "vi", familyFirst: true,
			given:  []string{"Thị Hương", "Văn Đức", "Ngọc Ánh", "Minh Tuấn", "Thu Hà", "Quốc Bảo"},
			family: []string{"Nguyễn", "Trần", "Lê", "Phạm", "Đặng"},
			cities: []string{"Hà Nội", "Huế", "Đà Nẵng"},
		},
		{
			country: "PL", language: "pl",
			given:  []string{"Małgorzata", "Łukasz", "Żaneta", "Paweł", "Agnieszka", "Michał"},
			family: []string{"Wiśniewska", "Wójcik", "Dąbrowski", "Zając", "Król"},
			cities: []string{"Łódź", "Kraków", "Gdańsk"},
		},
		{
			country: "TR", language: "tr",
			given:  []string{"Ayşe", "İsmail", "Gülşen", "Çağrı", "Şükrü", "Özlem"},
			family: []string{"Yılmaz", "Öztürk", "Şahin", "Çelik", "Doğan"},
			cities: []string{"İstanbul", "Eskişehir", "İzmir"},
		},
		{
			country: "FR", language: "fr",
			given:  []string{"Zoë", "François", "Hélène", "Loïc", "Anaïs", "Jérôme"},
			family: []string{"Lefèvre", "Garçon", "D’Aubigné", "Noël", "Œuvrard"},
			cities: []string{"Orléans", "Besançon", "Nîmes"},
		},
		{
			country: "IS", language: "is",
			given:  []string{"Guðrún", "Þór", "Ásdís", "Ægir", "Ýr", "Sævar"},
			family: []string{"Jónsdóttir", "Sigurðsson", "Þorsteinsson", "Árnadóttir", "Bjarnason"},
			cities: []string{"Reykjavík", "Ísafjörður", "Höfn"},
		},
	}
}

func (c culture) name(given, family int) string {
	g, f := c.given[given%len(c.given)], c.family[family%len(c.family)]
	switch {
	case c.familyFirst && c.joined:
		return f + g
	case c.familyFirst:
		return f + " " + g
	}
	return g + " " + f
}

// productNames are things to order, each in a language of its own.
func productNames() []string {
	return []string{
		"ελαιόλαδο", "μέλι θυμαριού", "борщ у банці", "гречаний мед", "龙井茶", "豆瓣酱", "抹茶", "味噌", "김치", "고추장",
		"تمر", "زعتر", "טחינה", "חלבה", "हल्दी", "गरम मसाला", "น้ำปลา", "พริกแกง", "nước mắm", "cà phê", "żurek", "śledź",
		"lokum", "pekmez", "crème fraîche", "confit d’oignons", "skyr", "hákarl", "jalapeño", "piñón", "Müsli", "Käsespätzle",
		"smørrebrød", "lefse", "pão de queijo", "açaí", "rýžový nákyp", "knedlíky", "ъгловата баница", "🍜 naruto maki",
	}
}

// notes are what customers write on their orders; most write nothing.
func notes() []string {
	return []string{
		"", "", "", "", "παρακαλώ πριν το μεσημέρι", "подзвоніть, будь ласка", "放在门口", "ベルを鳴らさないでください",
		"문 앞에 놓아 주세요", "الرجاء الاتصال قبل الوصول", "נא לא לצלצל", "'quoted' and \\escaped\\", "100 % sûr?", "𝔊𝔢𝔰𝔠𝔥𝔢𝔫𝔨 🎁",
	}
}
