package tpch

// The words that names, types and comments are made of (specification 4.2.2.13
// and 4.2.2.14). Those of the comments are fewer than there.
var (
	colors = []string{
		"almond", "antique", "aquamarine", "azure", "beige", "bisque", "black", "blanched", "blue", "blush", "brown", "burlywood",
		"burnished", "chartreuse", "chiffon", "chocolate", "coral", "cornflower", "cornsilk", "cream", "cyan", "dark", "deep", "dim",
		"dodger", "drab", "firebrick", "floral", "forest", "frosted", "gainsboro", "ghost", "goldenrod", "green", "grey", "honeydew",
		"hot", "indian", "ivory", "khaki", "lace", "lavender", "lawn", "lemon", "light", "lime", "linen", "magenta", "maroon", "medium",
		"metallic", "midnight", "mint", "misty", "moccasin", "navajo", "navy", "olive", "orange", "orchid", "pale", "papaya", "peach",
		"peru", "pink", "plum", "powder", "puff", "purple", "red", "rose", "rosy", "royal", "saddle", "salmon", "sandy", "seashell",
		"sienna", "sky", "slate", "smoke", "snow", "spring", "steel", "tan", "thistle", "tomato", "turquoise", "violet", "wheat",
		"white", "yellow",
	}
	typeSizes      = []string{"STANDARD", "SMALL", "MEDIUM", "LARGE", "ECONOMY", "PROMO"}
	typeFinishes   = []string{"ANODIZED", "BURNISHED", "PLATED", "POLISHED", "BRUSHED"}
	typeMetals     = []string{"TIN", "NICKEL", "BRASS", "STEEL", "COPPER"}
	containerSizes = []string{"SM", "LG", "MED", "JUMBO", "WRAP"}
	containerKinds = []string{"CASE", "BOX", "BAG", "JAR", "PKG", "PACK", "CAN", "DRUM"}
	segments       = []string{"AUTOMOBILE", "BUILDING", "FURNITURE", "MACHINERY", "HOUSEHOLD"}
	priorities     = []string{"1-URGENT", "2-HIGH", "3-MEDIUM", "4-NOT SPECIFIED", "5-LOW"}
	instructions   = []string{"DELIVER IN PERSON", "COLLECT COD", "NONE", "TAKE BACK RETURN"}
	modes          = []string{"REG AIR", "AIR", "RAIL", "SHIP", "TRUCK", "MAIL", "FOB"}

	adjectives   = []string{"special", "pending", "unusual", "express", "furious", "silent", "bold", "final", "regular", "even", "quick", "careful"}
	nouns        = []string{"packages", "requests", "accounts", "deposits", "foxes", "ideas", "theodolites", "instructions", "dependencies", "platelets", "pearls", "dugouts"}
	verbs        = []string{"sleep", "wake", "nag", "haggle", "cajole", "detect", "integrate", "solve", "boost", "engage", "doze", "print"}
	adverbs      = []string{"quickly", "slowly", "carefully", "blithely", "furiously", "ruthlessly", "evenly", "finally"}
	prepositions = []string{"about", "above", "across", "after", "against", "along", "among", "beneath", "beyond", "despite"}
)

// region and nation are the 5 and 25 rows that every scale has: names, and for
// a nation its region (specification 4.2.3).
type nation struct {
	name   string
	region int
}

func regions() []string { return []string{"AFRICA", "AMERICA", "ASIA", "EUROPE", "MIDDLE EAST"} }

func nations() []nation {
	return []nation{
		{"ALGERIA", 0},
		{"ARGENTINA", 1},
		{"BRAZIL", 1},
		{"CANADA", 1},
		{"EGYPT", 4},
		{"ETHIOPIA", 0},
		{"FRANCE", 3},
		{"GERMANY", 3},
		{"INDIA", 2},
		{"INDONESIA", 2},
		{"IRAN", 4},
		{"IRAQ", 4},
		{"JAPAN", 2},
		{"JORDAN", 4},
		{"KENYA", 0},
		{"MOROCCO", 0},
		{"MOZAMBIQUE", 0},
		{"PERU", 1},
		{"CHINA", 2},
		{"ROMANIA", 3},
		{"SAUDI ARABIA", 4},
		{"VIETNAM", 2},
		{"RUSSIA", 3},
		{"UNITED KINGDOM", 3},
		{"UNITED STATES", 1},
	}
}
