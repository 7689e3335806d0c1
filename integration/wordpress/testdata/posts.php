<?php
// Makes posts, pages, comments and users the way WordPress itself does: how
// many posts is the argument. Texts come from fixed lists, so that every run
// makes the same site.
$_SERVER['HTTP_HOST'] = '127.0.0.1';
require getenv('WORDPRESS_ROOT') . '/wp-load.php';
require_once ABSPATH . 'wp-admin/includes/taxonomy.php';

$texts = array(
	'Zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich',
	'Ξεσκεπάζω την ψυχοφθόρα βδελυγμία',
	'Съешь ещё этих мягких французских булок, да выпей же чаю',
	'نص حكيم له سر قاطع وذو شأن عظيم مكتوب على ثوب أخضر',
	'דג סקרן שט בים מאוכזב ולפתע מצא חברה',
	'色は匂へど散りぬるを 我が世誰ぞ常ならむ',
	'視野無限廣，窗外有藍天',
	'키스의 고유조건은 입술끼리 만나야 하고',
	'เป็นมนุษย์สุดประเสริฐเลิศคุณค่า',
	'ऋषियों को सताने वाले दुष्ट राक्षसों के राजा',
	'Pijamalı hasta yağız şoföre çabucak güvendi İıŞşĞğ',
	'Emoji 🍜🚀👩‍👩‍👧‍👦 and 𝒜𝓁𝓅𝒽𝒶, quotes \' " ` and back\\slashes \\\' %s 100% _x',
);
$categories = array();
foreach (array('Straße', 'Κόσμος', 'Новости', '日本語', 'עברית') as $name) {
	$categories[] = wp_create_category($name);
}
$author = wp_insert_user(array('user_login' => 'zoe', 'user_pass' => 'zoë’s pass', 'user_email' => 'zoe@example.org', 'display_name' => 'Zoë 佐江', 'role' => 'author'));
$count = (int) $argv[1];
for ($i = 0; $i < $count; $i++) {
	$text = $texts[$i % count($texts)];
	$when = gmdate('Y-m-d H:i:s', 1704067200 + $i * 3600);
	$id = wp_insert_post(wp_slash(array(
		'post_title'    => "$i $text",
		'post_content'  => "<!-- wp:paragraph -->\n<p>$text — $i.</p>\n<!-- /wp:paragraph -->\n" . str_repeat("<p>" . $texts[($i * 7 + 3) % count($texts)] . "</p>\n", 1 + $i % 5),
		'post_excerpt'  => mb_excerpt($text),
		'post_status'   => $i % 50 === 49 ? 'draft' : 'publish',
		'post_author'   => $i % 3 === 0 ? $author : 1,
		'post_date'     => $when,
		'post_date_gmt' => $when,
		'post_category' => array($categories[$i % count($categories)]),
		'tags_input'    => array('tag' . ($i % 9), 'étiquette'),
		'meta_input'    => array('mood' => $texts[($i + 5) % count($texts)], 'list' => array('n' => $i, 'text' => $text)),
	)), true);
	if (is_wp_error($id)) {
		fwrite(STDERR, "post $i: " . $id->get_error_message() . "\n");
		exit(1);
	}
	if ($i % 10 === 0) {
		wp_insert_comment(wp_slash(array(
			'comment_post_ID' => $id, 'comment_author' => 'Ἀριάδνη', 'comment_author_email' => 'a@example.org', 'comment_content' => $text,
			'comment_date' => $when, 'comment_date_gmt' => $when, 'comment_approved' => 1,
		)));
	}
	if ($i % 20 === 0) {
		wp_update_post(wp_slash(array('ID' => $id, 'post_content' => "<p>$text</p>")));
	}
}
update_option('posts_per_page', 12);
wp_delete_post(1, true);

// mb_excerpt cuts a text without the mbstring extension.
function mb_excerpt($text) {
	return implode('', array_slice(preg_split('//u', $text, -1, PREG_SPLIT_NO_EMPTY), 0, 20));
}
