BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0005');
CREATE TABLE archive_done (
	location_key BLOB NOT NULL, 
	revision INTEGER NOT NULL, 
	event BIGINT NOT NULL, 
	PRIMARY KEY (location_key, revision)
);
INSERT INTO "archive_done" VALUES(X'4668C65785A213D4383DC49D93546C89',0,6);
CREATE TABLE custody_event (
	seq INTEGER NOT NULL, 
	time_utc VARCHAR(40) NOT NULL, 
	actor TEXT NOT NULL, 
	host TEXT NOT NULL, 
	action VARCHAR(64) NOT NULL, 
	details TEXT NOT NULL, 
	previous VARCHAR(64) NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	PRIMARY KEY (seq)
);
INSERT INTO "custody_event" VALUES(1,'2026-01-01T00:00:00.000000Z','fixture','fixture','case-made','{"case":"00000000000000000000000000000000","schema":"0005"}','0000000000000000000000000000000000000000000000000000000000000000','2776d54cd5c4c3cf55534e13f1f17076176fcc3fc1f5621f940bc271a3077359');
INSERT INTO "custody_event" VALUES(2,'2026-01-01T00:00:01.000000Z','fixture','fixture','run-begun','{"command":"triage","isolation":{"seccomp":true},"login":"fixture","run":1,"settings":{"workers":2},"sources":["/evidence"],"versions":{"safelight":"0"}}','2776d54cd5c4c3cf55534e13f1f17076176fcc3fc1f5621f940bc271a3077359','c999b882b0a61fd665b6c5e5c48d550bb45b7c044a8e79af466a841aa01afc6b');
INSERT INTO "custody_event" VALUES(3,'2026-01-01T00:00:02.000000Z','fixture','fixture','files-recorded','{"rows":{"finding":{"count":3,"sha256":"0d24187c5660b8cdc4fb3cf49ab291aab4c09cfadab695d2d3188cc48b8bf253"},"lead":{"count":6,"sha256":"577c82100a94333f5d6f69ca56009c61536b3e74471f4fd9fd3630df8623d813"},"local_features":{"count":3,"sha256":"e7ac1c2f2279d6fd5b29a7b236649819d4632dcc23a246c9aa85705ddcad58f1"},"media":{"count":3,"sha256":"4eed8f14474e06aef2419c1e5136c332ee14dd4ca832b42d29d48041bdb30967"},"media_file":{"count":3,"sha256":"02e6bbb2d036c02e6c7dd5d4bfea8ee97a1b44fa0041fed86b76d74691f71959"},"opinion":{"count":3,"sha256":"aa859b5a0236ad211c8dfc86699b501403cda49e0eb5fb657505e379a1655bcd"}},"run":1,"schema":"0005"}','c999b882b0a61fd665b6c5e5c48d550bb45b7c044a8e79af466a841aa01afc6b','82e06918bd3617c2a9e538ba9e9c38c8faa610bef0a1a4581729d200254dbd9f');
INSERT INTO "custody_event" VALUES(4,'2026-01-01T00:00:03.000000Z','fixture','fixture','files-recorded','{"rows":{"finding":{"count":3,"sha256":"1a56496040082b99ffd985561b904e64403ed79ea874a6fa45853fc1b966ddf9"},"lead":{"count":4,"sha256":"fe6a5e74de66ff51f5eed864dabb537dec35dcc47ffc24bb66f8f6cc98f13451"},"local_features":{"count":2,"sha256":"185246cf8cd8880c0f033140675851b9f3ed1fff78c07df99d4bba975b0c87e3"},"media":{"count":2,"sha256":"c253334e37e38d194a4ac283771eb262c3a2f84b613c14b664392468a839ed78"},"media_file":{"count":3,"sha256":"e9e3b172e8ab400b4980cb9f636e4a5e407e76838d5c161f73a6a1d4d36bd23c"},"opinion":{"count":2,"sha256":"6310dff638615c6fd155aafe371307a60e3f625d5bbcd354e785e406b64450a5"}},"run":1,"schema":"0005"}','82e06918bd3617c2a9e538ba9e9c38c8faa610bef0a1a4581729d200254dbd9f','da367f9327ad5d6eb9f117b9bb605c59e8f9ef78090b62efe412c8e22425355e');
INSERT INTO "custody_event" VALUES(5,'2026-01-01T00:00:04.000000Z','fixture','fixture','files-recorded','{"rows":{"media_file":{"count":1,"sha256":"1484f17a6a0269259119f5b5f2c0ece8a13a29b24aff2c5b7f970f805549d920"}},"run":1,"schema":"0005"}','da367f9327ad5d6eb9f117b9bb605c59e8f9ef78090b62efe412c8e22425355e','06f53cd0b283595ece309a9c81c039c7de49e56b92cb436d3d9bda0d1d353c49');
INSERT INTO "custody_event" VALUES(6,'2026-01-01T00:00:05.000000Z','fixture','fixture','files-recorded','{"rows":{"archive_done":{"count":1,"sha256":"ff1e22cf88b454f1cadc6030440c36b136d312e51726a25a48302d12cad59d14"},"finding":{"count":1,"sha256":"c110e748318f57e334242f29cee267fe40c53e341ea36e8589a2fa9c14dd4f9b"},"lead":{"count":2,"sha256":"417c2d6ce7d97643e5d793e5d7830616a584680b55ad725c3ad01584dbcc2967"},"local_features":{"count":1,"sha256":"23bb05d8ca17c2c5a747f5b35da3ee4985de3966d39540e36bad3a1adac0b0d0"},"media":{"count":1,"sha256":"87302fef7e20c6bda2d2969ca2048e55f6f311aa6ba7ef3cbe8793adb6972f04"},"media_file":{"count":1,"sha256":"902cc55d62abc9f0c2429b1465675b0140c905ab1dd6c044d12edda0b80171a8"},"opinion":{"count":1,"sha256":"4dde9c80631a0a3791d4a79a0de99f5dcf23d930c3d337cd59846b99cf0d6e40"}},"run":1,"schema":"0005"}','06f53cd0b283595ece309a9c81c039c7de49e56b92cb436d3d9bda0d1d353c49','a30e59946c5122f1cae33715270a77471cfe7e52f2eca1340f27ec5e6b164dab');
INSERT INTO "custody_event" VALUES(7,'2026-01-01T00:00:06.000000Z','fixture','fixture','stage-match','{"lists":{"sets":[]},"rows":{"match_":{"count":3,"sha256":"7804feb791bced443df803222bfe253136649a23f38c2085dd8e258699db57aa"},"stage":{"count":1,"sha256":"eaea8529699155f6399dc23dd66e7965ecca580c1dc686e24c05dcfd528444ff"}},"run":1,"schema":"0005"}','a30e59946c5122f1cae33715270a77471cfe7e52f2eca1340f27ec5e6b164dab','b0ad9df197e493953b5bda70c3eb7bb83dffb220468bbd9f2382a6cebbbbcdaa');
INSERT INTO "custody_event" VALUES(8,'2026-01-01T00:00:07.000000Z','fixture','fixture','stage-group','{"distance_bits":31,"rows":{"group_member":{"count":5,"sha256":"647da048891b4e70493ef83f08c51eb47cd3d293de193b161385971fa123b0f4"},"group_turn":{"count":1,"sha256":"a3ca0802d690dd52870a053ecd11ea4be76244246c6b571cc12d874809ce1cfe"},"media_group":{"count":2,"sha256":"e2d15201ec87dc06c6a775ceeaa4f990320f3b5f937ddfb7e5c95df6dd6fe7b9"},"stage":{"count":1,"sha256":"0080fafbd33ba9ee2f4e8277cbbfabb63f2dfb920d34285f33f3be2e2eb8a1da"}},"run":1,"schema":"0005"}','b0ad9df197e493953b5bda70c3eb7bb83dffb220468bbd9f2382a6cebbbbcdaa','cde15d2fb77be622cc7a1b3fc2ed49e47ef56c480b33a1252de95b571f3e2cde');
INSERT INTO "custody_event" VALUES(9,'2026-01-01T00:00:08.000000Z','fixture','fixture','stage-runs','{"alone":0,"rows":{"generation_member":{"count":6,"sha256":"b21297eec04877cfff782b3ca6f47851f8da5497eb1974e6c5f3b138156b2f62"},"generation_run":{"count":1,"sha256":"0ac9be5da397f2ed5ed2a35a83841919af648c31b1ae619f7bb4605783135ee4"},"stage":{"count":1,"sha256":"66ea4800cb807afd0e1a521e7d3df87a20975b3264b470a9856cc7ab60e8b392"}},"run":1,"schema":"0005","silent":0}','cde15d2fb77be622cc7a1b3fc2ed49e47ef56c480b33a1252de95b571f3e2cde','77f0fe58de3dddf796d03106124d2d9e2d92d7343e06f559fe70efff5e4034e3');
INSERT INTO "custody_event" VALUES(10,'2026-01-01T00:00:09.000000Z','fixture','fixture','stage-scenes','{"compared":5,"form":"sift128/1","not_compared":0,"rows":{"scene_link":{"count":2,"sha256":"d8f67fb25eb94c0566dbd014ab87be1f827ec5afa46a4eeb9f78659b9ad01126"},"stage":{"count":1,"sha256":"e2042be85ef58935974469d828f7c3a92cf81e6b09c6a6221279b601fae01a59"}},"run":1,"schema":"0005"}','77f0fe58de3dddf796d03106124d2d9e2d92d7343e06f559fe70efff5e4034e3','9a77954ac9d4174f2af11e18cc22a9c01a4d6637258887568d9cc360779017bb');
INSERT INTO "custody_event" VALUES(11,'2026-01-01T00:00:10.000000Z','fixture','fixture','stage-queue','{"rests_on":{},"rows":{"queue":{"count":5,"sha256":"808cd4cd694e217be03c2572de94cd7bad1ee5678cad540baf4138db6c96ba75"},"stage":{"count":1,"sha256":"d4c8bcbaf63321694e56f2a0f0756d6dead0d3b0ed08ed3e8f7f061bf15861df"}},"rules":{"sha256":"","source":"test","text":""},"run":1,"schema":"0005"}','9a77954ac9d4174f2af11e18cc22a9c01a4d6637258887568d9cc360779017bb','b058a5bdbf9a0f22a89b7bcaf5c43dc07a6c43c116f5875e8f84ab6b058c7d58');
INSERT INTO "custody_event" VALUES(12,'2026-01-01T00:00:11.000000Z','reviewer one','fixture','decided','{"media":2,"rows":{"decision":{"count":2,"sha256":"d8591a941af986e31bc1108ce09e21708776bef6731bede5bd9a390fa5ca315b"}},"schema":"0005"}','b058a5bdbf9a0f22a89b7bcaf5c43dc07a6c43c116f5875e8f84ab6b058c7d58','6de856788975d8cb488ad7d10b803af3a367cf582222cdd896276e861c5afa96');
INSERT INTO "custody_event" VALUES(13,'2026-01-01T00:00:12.000000Z','reviewer one','fixture','decision-withdrawn','{"act":12,"rows":{"decision_withdrawn":{"count":1,"sha256":"0bf8442578902fe042c73e78c76107aeeed216ae47d0d5209f2666ad1f1fdc27"}},"schema":"0005"}','6de856788975d8cb488ad7d10b803af3a367cf582222cdd896276e861c5afa96','01c983e3716de165a681361675ea57ca4463cebdf806e39cace496a5497c9308');
INSERT INTO "custody_event" VALUES(14,'2026-01-01T00:00:13.000000Z','reviewer one','fixture','decided','{"media":1,"rows":{"decision":{"count":1,"sha256":"32ad5b703814199387feba69069113af858b9659019ce2ca0a99932c443b92c9"}},"schema":"0005"}','01c983e3716de165a681361675ea57ca4463cebdf806e39cace496a5497c9308','cb8516984bd19f1bfbb6ef68bfd25e926509b8819db2bbdb06de0ec9457a4298');
INSERT INTO "custody_event" VALUES(15,'2026-01-01T00:00:14.000000Z','reviewer one','fixture','shown','{"rows":{"exposure":{"count":1,"sha256":"f76828f6779656cf44aafed60d44b7602b1404bea617439409fdc38408fbd542"}},"schema":"0005"}','cb8516984bd19f1bfbb6ef68bfd25e926509b8819db2bbdb06de0ec9457a4298','e72f39782189ea76214fd0efd6c06c723236776c58401b29d3e01a1f864dabf6');
INSERT INTO "custody_event" VALUES(16,'2026-01-01T00:00:15.000000Z','reviewer one','fixture','hidden','{"rows":{"exposure_end":{"count":1,"sha256":"327b3beb5f834eafcf65e59e4b74fcc338f9d5d1886f7c6b71a99daffc020795"}},"schema":"0005"}','e72f39782189ea76214fd0efd6c06c723236776c58401b29d3e01a1f864dabf6','d10746ad305bbd35b1c519d4eed28eae3731579550ab33b9f874b1cefa934681');
INSERT INTO "custody_event" VALUES(17,'2026-01-01T00:00:16.000000Z','fixture','fixture','run-ended','{"counts":{"files":5},"outcome":"done","run":1}','d10746ad305bbd35b1c519d4eed28eae3731579550ab33b9f874b1cefa934681','851f89c476805a8c38e9ec1246f94b8eebae5cb5e65ca3aa122d9c430926762d');
CREATE TABLE decision (
	id INTEGER NOT NULL, 
	sha256 VARCHAR(64) NOT NULL, 
	person TEXT NOT NULL, 
	scheme TEXT NOT NULL, 
	category TEXT NOT NULL, 
	label TEXT NOT NULL, 
	origin VARCHAR(16), 
	possible_real_victim INTEGER NOT NULL, 
	second_review INTEGER NOT NULL, 
	note TEXT NOT NULL, 
	representative VARCHAR(64), 
	decided_utc VARCHAR(40) NOT NULL, 
	event BIGINT NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "decision" VALUES(1,'5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9','reviewer one','yes-no','no','No',NULL,0,0,'Note 0.',NULL,'2026-01-01T00:00:11.000000Z',12);
INSERT INTO "decision" VALUES(2,'6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b','reviewer one','yes-no','no','No',NULL,0,0,'Note 1.','5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9','2026-01-01T00:00:11.000000Z',12);
INSERT INTO "decision" VALUES(3,'d4735e3a265e16eee03f59718b9b5d03019c07d8b6c51f90da3a666eec13ab35','reviewer one','yes-no','no','No',NULL,0,0,'Note 2.',NULL,'2026-01-01T00:00:13.000000Z',14);
CREATE TABLE decision_withdrawn (
	act INTEGER NOT NULL, 
	person TEXT NOT NULL, 
	withdrawn_utc VARCHAR(40) NOT NULL, 
	event BIGINT NOT NULL, 
	PRIMARY KEY (act)
);
INSERT INTO "decision_withdrawn" VALUES(12,'reviewer one','2026-01-01T00:00:12.000000Z',13);
CREATE TABLE exposure (
	id INTEGER NOT NULL, 
	sha256 VARCHAR(64) NOT NULL, 
	person TEXT NOT NULL, 
	step VARCHAR(16) NOT NULL, 
	in_full INTEGER NOT NULL, 
	details TEXT NOT NULL, 
	begun_utc VARCHAR(40) NOT NULL, 
	event BIGINT NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "exposure" VALUES(1,'d4735e3a265e16eee03f59718b9b5d03019c07d8b6c51f90da3a666eec13ab35','reviewer one','sharper',0,'{"blur":8.0,"colour":false,"longest_px":256,"region":null}','2026-01-01T00:00:14.000000Z',15);
CREATE TABLE exposure_end (
	exposure INTEGER NOT NULL, 
	ended_utc VARCHAR(40) NOT NULL, 
	seconds FLOAT NOT NULL, 
	event BIGINT NOT NULL, 
	PRIMARY KEY (exposure)
);
INSERT INTO "exposure_end" VALUES(1,'2026-01-01T00:00:15.000000Z',1.5,16);
CREATE TABLE finding (
	id INTEGER NOT NULL, 
	sha256 VARCHAR(64), 
	location_key BLOB, 
	revision INTEGER, 
	reader TEXT NOT NULL, 
	version TEXT NOT NULL, 
	outcome VARCHAR(16) NOT NULL, 
	supports VARCHAR(16) NOT NULL, 
	basis VARCHAR(16), 
	what TEXT NOT NULL, 
	place TEXT NOT NULL, 
	strength VARCHAR(24) NOT NULL, 
	could_be_faked_by TEXT NOT NULL, 
	does_not_show TEXT NOT NULL, 
	details TEXT NOT NULL, 
	run_id BIGINT NOT NULL, 
	event BIGINT NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "finding" VALUES(1,'5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9',NULL,NULL,'a1111','1','found','generated','declared','Generation parameters are recorded.','tEXt parameters','strong','A text editor.','That the text belongs to the picture.','{"cfg":7.5,"prompt":"a lighthouse at dusk, number 0","seed":"0","steps":20}',1,3);
INSERT INTO "finding" VALUES(2,'6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b',NULL,NULL,'a1111','1','found','generated','declared','Generation parameters are recorded.','tEXt parameters','strong','A text editor.','That the text belongs to the picture.','{"cfg":7.5,"prompt":"a lighthouse at dusk, number 1","seed":"1","steps":20}',1,3);
INSERT INTO "finding" VALUES(3,'d4735e3a265e16eee03f59718b9b5d03019c07d8b6c51f90da3a666eec13ab35',NULL,NULL,'a1111','1','found','generated','declared','Generation parameters are recorded.','tEXt parameters','strong','A text editor.','That the text belongs to the picture.','{"cfg":7.5,"prompt":"a lighthouse at dusk, number 2","seed":"2","steps":20}',1,3);
INSERT INTO "finding" VALUES(4,'4e07408562bedb8b60ce05c1decfe3ad16b72230967de01f640b7e4729b49fce',NULL,NULL,'a1111','1','found','generated','declared','Generation parameters are recorded.','tEXt parameters','strong','A text editor.','That the text belongs to the picture.','{"cfg":7.5,"prompt":"a lighthouse at dusk, number 3","seed":"3","steps":20}',1,4);
INSERT INTO "finding" VALUES(5,'4b227777d4dd1fc61c6f884f48641d02b4d121d3fd328cb08b5531fcacdabf8a',NULL,NULL,'a1111','1','found','generated','declared','Generation parameters are recorded.','tEXt parameters','strong','A text editor.','That the text belongs to the picture.','{"cfg":7.5,"prompt":"a lighthouse at dusk, number 4","seed":"4","steps":20}',1,4);
INSERT INTO "finding" VALUES(6,NULL,X'726A9C505658CD02CAE30E98631F6CE3',0,'evidence','1','could-not-look','nothing',NULL,'The file could not be opened: Permission denied.','','none','','','{"errno":13}',1,4);
INSERT INTO "finding" VALUES(7,'7902699be42c8a8e46fbbb4501726517e86b22c56a189f7625a6da49081b2451',NULL,NULL,'a1111','1','found','generated','declared','Generation parameters are recorded.','tEXt parameters','strong','A text editor.','That the text belongs to the picture.','{"cfg":7.5,"prompt":"a lighthouse at dusk, number 7","seed":"7","steps":20}',1,6);
CREATE TABLE generation_member (
	run_id BIGINT NOT NULL, 
	number BIGINT NOT NULL, 
	sha256 VARCHAR(64) NOT NULL, 
	event BIGINT NOT NULL, 
	PRIMARY KEY (run_id, number, sha256)
);
INSERT INTO "generation_member" VALUES(1,1,'4b227777d4dd1fc61c6f884f48641d02b4d121d3fd328cb08b5531fcacdabf8a',9);
INSERT INTO "generation_member" VALUES(1,1,'4e07408562bedb8b60ce05c1decfe3ad16b72230967de01f640b7e4729b49fce',9);
INSERT INTO "generation_member" VALUES(1,1,'5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9',9);
INSERT INTO "generation_member" VALUES(1,1,'6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b',9);
INSERT INTO "generation_member" VALUES(1,1,'7902699be42c8a8e46fbbb4501726517e86b22c56a189f7625a6da49081b2451',9);
INSERT INTO "generation_member" VALUES(1,1,'d4735e3a265e16eee03f59718b9b5d03019c07d8b6c51f90da3a666eec13ab35',9);
CREATE TABLE generation_run (
	run_id BIGINT NOT NULL, 
	number BIGINT NOT NULL, 
	recipe BIGINT NOT NULL, 
	size BIGINT NOT NULL, 
	name TEXT NOT NULL, 
	details TEXT NOT NULL, 
	event BIGINT NOT NULL, 
	PRIMARY KEY (run_id, number)
);
INSERT INTO "generation_run" VALUES(1,1,1,6,'6 images, one model, one prompt with 6 variants, seeds 0 to 7, 14 November 2023','{"first_ns":1700000000000000000,"folders":[["folder",6]],"folders_all":1,"host":"","last_ns":1700000000000000007,"loose":false,"loras":[],"model":"drawn","model_hash":"","prompts":6,"seeded":6,"seeds":[["0","7",6]],"software":"automatic1111","template":{"slots":[{"samples":["0","1","2","3","4","7"],"values":6}],"text":"a lighthouse at dusk, number {1}"},"timed":6,"workflow":""}',9);
CREATE TABLE group_member (
	run_id BIGINT NOT NULL, 
	number BIGINT NOT NULL, 
	sha256 VARCHAR(64) NOT NULL, 
	distance INTEGER NOT NULL, 
	event BIGINT NOT NULL, 
	PRIMARY KEY (run_id, number, sha256)
);
INSERT INTO "group_member" VALUES(1,1,'5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9',0,8);
INSERT INTO "group_member" VALUES(1,1,'6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b',3,8);
INSERT INTO "group_member" VALUES(1,1,'d4735e3a265e16eee03f59718b9b5d03019c07d8b6c51f90da3a666eec13ab35',3,8);
INSERT INTO "group_member" VALUES(1,2,'4b227777d4dd1fc61c6f884f48641d02b4d121d3fd328cb08b5531fcacdabf8a',3,8);
INSERT INTO "group_member" VALUES(1,2,'4e07408562bedb8b60ce05c1decfe3ad16b72230967de01f640b7e4729b49fce',0,8);
CREATE TABLE group_turn (
	run_id BIGINT NOT NULL, 
	number BIGINT NOT NULL, 
	sha256 VARCHAR(64) NOT NULL, 
	turn VARCHAR(16) NOT NULL, 
	event BIGINT NOT NULL, 
	PRIMARY KEY (run_id, number, sha256)
);
INSERT INTO "group_turn" VALUES(1,1,'6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b','left-right',8);
CREATE TABLE lead (
	id INTEGER NOT NULL, 
	sha256 VARCHAR(64) NOT NULL, 
	kind VARCHAR(24) NOT NULL, 
	"key" BLOB NOT NULL, 
	value TEXT NOT NULL, 
	finding BIGINT NOT NULL, 
	run_id BIGINT NOT NULL, 
	event BIGINT NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "lead" VALUES(1,'5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9','prompt',X'7DC54D58C0FD3422CF1A2808DECF071A','a lighthouse at dusk, number 0',1,1,3);
INSERT INTO "lead" VALUES(2,'5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9','seed',X'5FECEB66FFC86F38D952786C6D696C79','0',1,1,3);
INSERT INTO "lead" VALUES(3,'6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b','prompt',X'6954A51420FE0DCBF0D8C364448EBB7D','a lighthouse at dusk, number 1',2,1,3);
INSERT INTO "lead" VALUES(4,'6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b','seed',X'6B86B273FF34FCE19D6B804EFF5A3F57','1',2,1,3);
INSERT INTO "lead" VALUES(5,'d4735e3a265e16eee03f59718b9b5d03019c07d8b6c51f90da3a666eec13ab35','prompt',X'CE18FD6A2D7E0371619EE32169CE3C26','a lighthouse at dusk, number 2',3,1,3);
INSERT INTO "lead" VALUES(6,'d4735e3a265e16eee03f59718b9b5d03019c07d8b6c51f90da3a666eec13ab35','seed',X'D4735E3A265E16EEE03F59718B9B5D03','2',3,1,3);
INSERT INTO "lead" VALUES(7,'4e07408562bedb8b60ce05c1decfe3ad16b72230967de01f640b7e4729b49fce','prompt',X'E4413C48ED40E0E8D2E8780D0FF340AF','a lighthouse at dusk, number 3',4,1,4);
INSERT INTO "lead" VALUES(8,'4e07408562bedb8b60ce05c1decfe3ad16b72230967de01f640b7e4729b49fce','seed',X'4E07408562BEDB8B60CE05C1DECFE3AD','3',4,1,4);
INSERT INTO "lead" VALUES(9,'4b227777d4dd1fc61c6f884f48641d02b4d121d3fd328cb08b5531fcacdabf8a','prompt',X'012CC7379D9F6301519C688D9892CA8B','a lighthouse at dusk, number 4',5,1,4);
INSERT INTO "lead" VALUES(10,'4b227777d4dd1fc61c6f884f48641d02b4d121d3fd328cb08b5531fcacdabf8a','seed',X'4B227777D4DD1FC61C6F884F48641D02','4',5,1,4);
INSERT INTO "lead" VALUES(11,'7902699be42c8a8e46fbbb4501726517e86b22c56a189f7625a6da49081b2451','prompt',X'4A599CF1C275C68C125EF8A6DBB8EA76','a lighthouse at dusk, number 7',7,1,6);
INSERT INTO "lead" VALUES(12,'7902699be42c8a8e46fbbb4501726517e86b22c56a189f7625a6da49081b2451','seed',X'7902699BE42C8A8E46FBBB4501726517','7',7,1,6);
CREATE TABLE local_features (
	sha256 VARCHAR(64) NOT NULL, 
	form VARCHAR(16) NOT NULL, 
	packed BLOB NOT NULL, 
	run_id BIGINT NOT NULL, 
	event BIGINT NOT NULL, 
	PRIMARY KEY (sha256)
);
INSERT INTO "local_features" VALUES('5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9','sift128/1',X'00000000D5EAD2E7C2016800903DE289C0EF5E3DC5B11F9DE3FB',1,3);
INSERT INTO "local_features" VALUES('6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b','sift128/1',X'00000000422B73C7C4C9A3387B38FCEAA85A838A81DCF6ABCFC3',1,3);
INSERT INTO "local_features" VALUES('d4735e3a265e16eee03f59718b9b5d03019c07d8b6c51f90da3a666eec13ab35','sift128/1',X'0000000098C81D4F9D1AF7D78421B92B2ACF21156606A9B953C6',1,3);
INSERT INTO "local_features" VALUES('4e07408562bedb8b60ce05c1decfe3ad16b72230967de01f640b7e4729b49fce','sift128/1',X'00000000CC69E72ABB9227A03DBD3CF9B6E8EF586172CFE47084',1,4);
INSERT INTO "local_features" VALUES('4b227777d4dd1fc61c6f884f48641d02b4d121d3fd328cb08b5531fcacdabf8a','sift128/1',X'0000000043E8549F68C34A407A49C71B11D9EC87EC1858913643',1,4);
INSERT INTO "local_features" VALUES('7902699be42c8a8e46fbbb4501726517e86b22c56a189f7625a6da49081b2451','sift128/1',X'00000000EDFD56525AC33ED10358304C000ADC74352C35802C25',1,6);
CREATE TABLE match_ (
	id INTEGER NOT NULL, 
	run_id BIGINT NOT NULL, 
	sha256 VARCHAR(64) NOT NULL, 
	hashset TEXT NOT NULL, 
	bank TEXT NOT NULL, 
	role VARCHAR(16) NOT NULL, 
	how VARCHAR(8) NOT NULL, 
	distance INTEGER NOT NULL, 
	label TEXT NOT NULL, 
	entry VARCHAR(64) NOT NULL, 
	variant VARCHAR(16) NOT NULL, 
	event BIGINT NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "match_" VALUES(1,1,'5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9','harbours','','known','sha256',0,'1','5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9','',7);
INSERT INTO "match_" VALUES(2,1,'6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b','harbours','','known','sha256',0,'1','6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b','',7);
INSERT INTO "match_" VALUES(3,1,'d4735e3a265e16eee03f59718b9b5d03019c07d8b6c51f90da3a666eec13ab35','harbours','','known','sha256',0,'1','d4735e3a265e16eee03f59718b9b5d03019c07d8b6c51f90da3a666eec13ab35','',7);
CREATE TABLE media (
	sha256 VARCHAR(64) NOT NULL, 
	sha1 VARCHAR(40) NOT NULL, 
	md5 VARCHAR(32) NOT NULL, 
	size_bytes BIGINT NOT NULL, 
	media_type TEXT NOT NULL, 
	kind VARCHAR(16) NOT NULL, 
	width_px BIGINT, 
	height_px BIGINT, 
	frames BIGINT, 
	pdq VARCHAR(64), 
	pdq_quality INTEGER, 
	pdq_nearest512 VARCHAR(64), 
	pdq_nearest512_quality INTEGER, 
	pdq_oriented VARCHAR(64), 
	pdq_oriented_quality INTEGER, 
	pdq_dihedral TEXT NOT NULL, 
	runs TEXT NOT NULL, 
	run_id BIGINT NOT NULL, 
	event BIGINT NOT NULL, 
	PRIMARY KEY (sha256)
);
INSERT INTO "media" VALUES('5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9','b6589fc6ab0dc82cf12099d1c2d40ab994e8410c','cfcd208495d565ef66e7dff9f98764da',1000,'image/png','image',64,48,1,'d041e9ac0c858bf252e0ac5fa4bbfcfa5a97b5ef11c9f768858cc4325a323c58',100,'0443c7c259d810df46caaede71aac5d0a5525d6f16f023e4cef71340d76ccf88',90,NULL,NULL,'[]','[["pixels","1","found"],["a1111","1","found"],["c2pa","1","nothing-found"]]',1,3);
INSERT INTO "media" VALUES('6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b','356a192b7913b04c54574d18c28d46e6395428ab','c4ca4238a0b923820dcc509a6f75849b',1001,'image/png','image',64,48,1,'27572acf8f0d1f7117c6eba5fc07de9f9f019160a252f94641ef86632a0604b0',100,'bad47d4b70aa1706c390c446b0bfdb2a81c3a256df741d5bd80abd2dcc13c0f9',90,NULL,NULL,'[]','[["pixels","1","found"],["a1111","1","found"],["c2pa","1","nothing-found"]]',1,3);
INSERT INTO "media" VALUES('d4735e3a265e16eee03f59718b9b5d03019c07d8b6c51f90da3a666eec13ab35','da4b9237bacccdf19c0760cab7aec4a8359010b0','c81e728d9d4c2f636f067f89cc14862c',1002,'image/png','image',64,48,1,'7582c2eb1683dc9673b50bac03ebe085bb7f903d949841bb203e267e956ea5dd',100,'fbb1cf602dcd0037cc1d5f83ecc55d3739b326ad54e8977fca11af750b88957a',90,NULL,NULL,'[]','[["pixels","1","found"],["a1111","1","found"],["c2pa","1","nothing-found"]]',1,3);
INSERT INTO "media" VALUES('4e07408562bedb8b60ce05c1decfe3ad16b72230967de01f640b7e4729b49fce','77de68daecd823babbb58edb1c8e14d7106e83bb','eccbc87e4b5ce2fe28308fd9f2a7baf3',1003,'image/png','image',64,48,1,'8177c9d6f4d61da10890aa4d7145d1ad585ecd2dd4f1c1dc43292a45a2829829',100,'2c4ba1226e7fdd3ea434c11527d4473f0f3b20e37e128dcbc711735c4ab92fef',90,NULL,NULL,'[]','[["pixels","1","found"],["a1111","1","found"],["c2pa","1","nothing-found"]]',1,4);
INSERT INTO "media" VALUES('4b227777d4dd1fc61c6f884f48641d02b4d121d3fd328cb08b5531fcacdabf8a','1b6453892473a467d07372d45eb05abc2031647a','a87ff679a2f3e71d9181a67b7542122c',1004,'image/png','image',64,48,1,'70ec3282944e7e9a7fd3173408b7d0c1a3bf1dfd431f150b9893c466b414ca56',100,'a65b811b1f8edd0ef37658f4714ddb24d5adb6a177de09bb9ee45a9dbe9cf382',90,NULL,NULL,'[]','[["pixels","1","found"],["a1111","1","found"],["c2pa","1","nothing-found"]]',1,4);
INSERT INTO "media" VALUES('7902699be42c8a8e46fbbb4501726517e86b22c56a189f7625a6da49081b2451','902ba3cda1883801594b6e1b452790cc53948fda','8f14e45fceea167a5a36dedd4bea2543',1007,'image/png','image',64,48,1,'84f74ae0870f905a4fc92fe62c300d413238c56ae60d5e0e94fa91454b7fdcfc',100,'53ba6ad13f8c1f7ac4bc05c067863915cd642254d3511e462e52e0b088a66f75',90,NULL,NULL,'[]','[["pixels","1","found"],["a1111","1","found"],["c2pa","1","nothing-found"]]',1,6);
CREATE TABLE media_file (
	location_key BLOB NOT NULL, 
	revision INTEGER NOT NULL, 
	source BLOB NOT NULL, 
	parts BLOB NOT NULL, 
	path TEXT NOT NULL, 
	size_bytes BIGINT, 
	modified_ns BIGINT, 
	accessed_ns BIGINT, 
	changed_ns BIGINT, 
	created_ns BIGINT, 
	sha256 VARCHAR(64), 
	state VARCHAR(8) NOT NULL, 
	run_id BIGINT NOT NULL, 
	event BIGINT NOT NULL, 
	PRIMARY KEY (location_key, revision)
);
INSERT INTO "media_file" VALUES(X'91C7B7ABD2C544C6D7DDEE8A4C033A8F',0,X'2F65766964656E6365',X'00000011666F6C6465722F3030303030302E706E67','folder/000000.png',1000,1700000000000000000,1700000000000000000,1700000000000000000,NULL,'5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9','done',1,3);
INSERT INTO "media_file" VALUES(X'E0E4DAA2DB51F4D1D016767939CB72B1',0,X'2F65766964656E6365',X'00000011666F6C6465722F3030303030312E706E67','folder/000001.png',1001,1700000000000000001,1700000000000000001,1700000000000000001,NULL,'6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b','done',1,3);
INSERT INTO "media_file" VALUES(X'7C7D39AFAEB2BB70EB9925516F94D33E',0,X'2F65766964656E6365',X'00000011666F6C6465722F3030303030322E706E67','folder/000002.png',1002,1700000000000000002,1700000000000000002,1700000000000000002,NULL,'d4735e3a265e16eee03f59718b9b5d03019c07d8b6c51f90da3a666eec13ab35','done',1,3);
INSERT INTO "media_file" VALUES(X'A0883E40A25A11892292F545EE73B8D7',0,X'2F65766964656E6365',X'00000011666F6C6465722F3030303030332E706E67','folder/000003.png',1003,1700000000000000003,1700000000000000003,1700000000000000003,NULL,'4e07408562bedb8b60ce05c1decfe3ad16b72230967de01f640b7e4729b49fce','done',1,4);
INSERT INTO "media_file" VALUES(X'95FD88D38BCDAAC39B3AD6115960B0CA',0,X'2F65766964656E6365',X'00000011666F6C6465722F3030303030342E706E67','folder/000004.png',1004,1700000000000000004,1700000000000000004,1700000000000000004,NULL,'4b227777d4dd1fc61c6f884f48641d02b4d121d3fd328cb08b5531fcacdabf8a','done',1,4);
INSERT INTO "media_file" VALUES(X'726A9C505658CD02CAE30E98631F6CE3',0,X'2F65766964656E6365',X'00000011666F6C6465722F3030303030352E706E67','folder/000005.png',1005,1700000000000000005,1700000000000000005,1700000000000000005,NULL,NULL,'done',1,4);
INSERT INTO "media_file" VALUES(X'17D4B2D0CD32A36F5557D59B88370FD6',0,X'2F65766964656E6365',X'00000011666F6C6465722F3030303030362E706E67','folder/000006.png',1006,1700000000000000006,1700000000000000006,1700000000000000006,NULL,'5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9','done',1,5);
INSERT INTO "media_file" VALUES(X'4668C65785A213D4383DC49D93546C89',0,X'2F65766964656E6365',X'00000011666F6C6465722F3030303030372E706E67','folder/000007.png',1007,1700000000000000007,1700000000000000007,1700000000000000007,NULL,'7902699be42c8a8e46fbbb4501726517e86b22c56a189f7625a6da49081b2451','opens',1,6);
CREATE TABLE media_group (
	run_id BIGINT NOT NULL, 
	number BIGINT NOT NULL, 
	kind VARCHAR(24) NOT NULL, 
	representative VARCHAR(64) NOT NULL, 
	size BIGINT NOT NULL, 
	distance_bits INTEGER NOT NULL, 
	event BIGINT NOT NULL, 
	PRIMARY KEY (run_id, number)
);
INSERT INTO "media_group" VALUES(1,1,'near-duplicate','5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9',3,31,8);
INSERT INTO "media_group" VALUES(1,2,'near-duplicate','4e07408562bedb8b60ce05c1decfe3ad16b72230967de01f640b7e4729b49fce',2,31,8);
CREATE TABLE meta (
	name VARCHAR(64) NOT NULL, 
	value TEXT NOT NULL, 
	PRIMARY KEY (name)
);
INSERT INTO "meta" VALUES('custody_head','17:851f89c476805a8c38e9ec1246f94b8eebae5cb5e65ca3aa122d9c430926762d');
CREATE TABLE opinion (
	sha256 VARCHAR(64) NOT NULL, 
	run_id BIGINT NOT NULL, 
	opinion VARCHAR(16) NOT NULL, 
	log10_lr FLOAT NOT NULL, 
	strength VARCHAR(24) NOT NULL, 
	basis TEXT NOT NULL, 
	generator TEXT, 
	generator_version TEXT, 
	model TEXT, 
	seed TEXT, 
	prompt TEXT, 
	captured_with TEXT, 
	conflicts TEXT NOT NULL, 
	limits TEXT NOT NULL, 
	event BIGINT NOT NULL, 
	PRIMARY KEY (sha256, run_id)
);
INSERT INTO "opinion" VALUES('5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9',1,'generated',3.5,'strong','["declared"]','AUTOMATIC1111',NULL,'drawn','0','a lighthouse at dusk, number 0',NULL,'[]','["Unsigned metadata can be written by anybody."]',3);
INSERT INTO "opinion" VALUES('6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b',1,'generated',3.16666666666666651863e+00,'strong','["declared"]','AUTOMATIC1111',NULL,'drawn','1','a lighthouse at dusk, number 1',NULL,'[]','["Unsigned metadata can be written by anybody."]',3);
INSERT INTO "opinion" VALUES('d4735e3a265e16eee03f59718b9b5d03019c07d8b6c51f90da3a666eec13ab35',1,'generated',2.83333333333333348136e+00,'strong','["declared"]','AUTOMATIC1111',NULL,'drawn','2','a lighthouse at dusk, number 2',NULL,'[]','["Unsigned metadata can be written by anybody."]',3);
INSERT INTO "opinion" VALUES('4e07408562bedb8b60ce05c1decfe3ad16b72230967de01f640b7e4729b49fce',1,'generated',2.5,'strong','["declared"]','AUTOMATIC1111',NULL,'drawn','3','a lighthouse at dusk, number 3',NULL,'[]','["Unsigned metadata can be written by anybody."]',4);
INSERT INTO "opinion" VALUES('4b227777d4dd1fc61c6f884f48641d02b4d121d3fd328cb08b5531fcacdabf8a',1,'generated',2.16666666666666696272e+00,'strong','["declared"]','AUTOMATIC1111',NULL,'drawn','4','a lighthouse at dusk, number 4',NULL,'[]','["Unsigned metadata can be written by anybody."]',4);
INSERT INTO "opinion" VALUES('7902699be42c8a8e46fbbb4501726517e86b22c56a189f7625a6da49081b2451',1,'generated',3.5,'strong','["declared"]','AUTOMATIC1111',NULL,'drawn','7','a lighthouse at dusk, number 7',NULL,'[]','["Unsigned metadata can be written by anybody."]',6);
CREATE TABLE queue (
	run_id BIGINT NOT NULL, 
	rank BIGINT NOT NULL, 
	sha256 VARCHAR(64), 
	location_key BLOB, 
	placed_by VARCHAR(64), 
	rule TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	group_size BIGINT NOT NULL, 
	event BIGINT NOT NULL, 
	PRIMARY KEY (run_id, rank)
);
INSERT INTO "queue" VALUES(1,1,'5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9',NULL,'5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9','generated','Reason 0.',1,11);
INSERT INTO "queue" VALUES(1,2,'6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b',NULL,'6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b','generated','Reason 1.',1,11);
INSERT INTO "queue" VALUES(1,3,'d4735e3a265e16eee03f59718b9b5d03019c07d8b6c51f90da3a666eec13ab35',NULL,'d4735e3a265e16eee03f59718b9b5d03019c07d8b6c51f90da3a666eec13ab35','generated','Reason 2.',1,11);
INSERT INTO "queue" VALUES(1,4,'4e07408562bedb8b60ce05c1decfe3ad16b72230967de01f640b7e4729b49fce',NULL,'4e07408562bedb8b60ce05c1decfe3ad16b72230967de01f640b7e4729b49fce','generated','Reason 3.',1,11);
INSERT INTO "queue" VALUES(1,5,'4b227777d4dd1fc61c6f884f48641d02b4d121d3fd328cb08b5531fcacdabf8a',NULL,'4b227777d4dd1fc61c6f884f48641d02b4d121d3fd328cb08b5531fcacdabf8a','generated','Reason 4.',1,11);
CREATE TABLE run (
	id INTEGER NOT NULL, 
	command TEXT NOT NULL, 
	begun_utc VARCHAR(40) NOT NULL, 
	ended_utc VARCHAR(40), 
	outcome VARCHAR(32), 
	details TEXT NOT NULL, 
	counts TEXT, 
	PRIMARY KEY (id)
);
INSERT INTO "run" VALUES(1,'triage','2026-01-01T00:00:01.000000Z','2026-01-01T00:00:16.000000Z','done','{"command":"triage","isolation":{"seccomp":true},"login":"fixture","settings":{"workers":2},"sources":["/evidence"],"versions":{"safelight":"0"}}','{"files":5}');
CREATE TABLE scene_link (
	run_id BIGINT NOT NULL, 
	number BIGINT NOT NULL, 
	kind VARCHAR(24) NOT NULL, 
	sha256 VARCHAR(64) NOT NULL, 
	other VARCHAR(64) NOT NULL, 
	inliers INTEGER NOT NULL, 
	share FLOAT NOT NULL, 
	other_share FLOAT NOT NULL, 
	details TEXT NOT NULL, 
	event BIGINT NOT NULL, 
	PRIMARY KEY (run_id, number)
);
INSERT INTO "scene_link" VALUES(1,1,'same-picture','5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9','6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b',9,0.0,0.0,'{"grid":"","matrix":null,"other_grid":"","words":"Half."}',10);
INSERT INTO "scene_link" VALUES(1,2,'same-picture','6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b','d4735e3a265e16eee03f59718b9b5d03019c07d8b6c51f90da3a666eec13ab35',10,0.0,0.0,'{"grid":"","matrix":null,"other_grid":"","words":"Half."}',10);
CREATE TABLE stage (
	run_id BIGINT NOT NULL, 
	name VARCHAR(16) NOT NULL, 
	details TEXT NOT NULL, 
	event BIGINT NOT NULL, 
	PRIMARY KEY (run_id, name)
);
INSERT INTO "stage" VALUES(1,'match','{"lists":{"sets":[]}}',7);
INSERT INTO "stage" VALUES(1,'group','{"distance_bits":31}',8);
INSERT INTO "stage" VALUES(1,'runs','{"alone":0,"silent":0}',9);
INSERT INTO "stage" VALUES(1,'scenes','{"compared":5,"form":"sift128/1","not_compared":0}',10);
INSERT INTO "stage" VALUES(1,'queue','{"rests_on":{},"rules":{"sha256":"","source":"test","text":""}}',11);
CREATE INDEX ix_media_event ON media (event);
CREATE INDEX ix_media_file_sha256 ON media_file (sha256);
CREATE INDEX ix_media_file_event ON media_file (event);
CREATE INDEX ix_archive_done_event ON archive_done (event);
CREATE INDEX ix_finding_sha256 ON finding (sha256);
CREATE INDEX ix_finding_location_key ON finding (location_key);
CREATE INDEX ix_finding_event ON finding (event);
CREATE INDEX finding_outcome ON finding (outcome, reader);
CREATE INDEX ix_opinion_event ON opinion (event);
CREATE INDEX ix_stage_event ON stage (event);
CREATE INDEX ix_match__run_id ON match_ (run_id);
CREATE INDEX ix_match__sha256 ON match_ (sha256);
CREATE INDEX ix_match__event ON match_ (event);
CREATE INDEX ix_media_group_event ON media_group (event);
CREATE INDEX ix_group_member_event ON group_member (event);
CREATE INDEX group_member_media ON group_member (sha256);
CREATE INDEX ix_queue_event ON queue (event);
CREATE TRIGGER custody_event_no_update BEFORE UPDATE ON custody_event BEGIN SELECT RAISE(ABORT, 'rows of custody_event are added, never changed'); END;
CREATE TRIGGER custody_event_no_delete BEFORE DELETE ON custody_event BEGIN SELECT RAISE(ABORT, 'rows of custody_event are added, never changed'); END;
CREATE TRIGGER media_no_update BEFORE UPDATE ON media BEGIN SELECT RAISE(ABORT, 'rows of media are added, never changed'); END;
CREATE TRIGGER media_no_delete BEFORE DELETE ON media BEGIN SELECT RAISE(ABORT, 'rows of media are added, never changed'); END;
CREATE TRIGGER media_file_no_update BEFORE UPDATE ON media_file BEGIN SELECT RAISE(ABORT, 'rows of media_file are added, never changed'); END;
CREATE TRIGGER media_file_no_delete BEFORE DELETE ON media_file BEGIN SELECT RAISE(ABORT, 'rows of media_file are added, never changed'); END;
CREATE TRIGGER archive_done_no_update BEFORE UPDATE ON archive_done BEGIN SELECT RAISE(ABORT, 'rows of archive_done are added, never changed'); END;
CREATE TRIGGER archive_done_no_delete BEFORE DELETE ON archive_done BEGIN SELECT RAISE(ABORT, 'rows of archive_done are added, never changed'); END;
CREATE TRIGGER finding_no_update BEFORE UPDATE ON finding BEGIN SELECT RAISE(ABORT, 'rows of finding are added, never changed'); END;
CREATE TRIGGER finding_no_delete BEFORE DELETE ON finding BEGIN SELECT RAISE(ABORT, 'rows of finding are added, never changed'); END;
CREATE TRIGGER opinion_no_update BEFORE UPDATE ON opinion BEGIN SELECT RAISE(ABORT, 'rows of opinion are added, never changed'); END;
CREATE TRIGGER opinion_no_delete BEFORE DELETE ON opinion BEGIN SELECT RAISE(ABORT, 'rows of opinion are added, never changed'); END;
CREATE TRIGGER stage_no_update BEFORE UPDATE ON stage BEGIN SELECT RAISE(ABORT, 'rows of stage are added, never changed'); END;
CREATE TRIGGER stage_no_delete BEFORE DELETE ON stage BEGIN SELECT RAISE(ABORT, 'rows of stage are added, never changed'); END;
CREATE TRIGGER match__no_update BEFORE UPDATE ON match_ BEGIN SELECT RAISE(ABORT, 'rows of match_ are added, never changed'); END;
CREATE TRIGGER match__no_delete BEFORE DELETE ON match_ BEGIN SELECT RAISE(ABORT, 'rows of match_ are added, never changed'); END;
CREATE TRIGGER media_group_no_update BEFORE UPDATE ON media_group BEGIN SELECT RAISE(ABORT, 'rows of media_group are added, never changed'); END;
CREATE TRIGGER media_group_no_delete BEFORE DELETE ON media_group BEGIN SELECT RAISE(ABORT, 'rows of media_group are added, never changed'); END;
CREATE TRIGGER group_member_no_update BEFORE UPDATE ON group_member BEGIN SELECT RAISE(ABORT, 'rows of group_member are added, never changed'); END;
CREATE TRIGGER group_member_no_delete BEFORE DELETE ON group_member BEGIN SELECT RAISE(ABORT, 'rows of group_member are added, never changed'); END;
CREATE TRIGGER queue_no_update BEFORE UPDATE ON queue BEGIN SELECT RAISE(ABORT, 'rows of queue are added, never changed'); END;
CREATE TRIGGER queue_no_delete BEFORE DELETE ON queue BEGIN SELECT RAISE(ABORT, 'rows of queue are added, never changed'); END;
CREATE TRIGGER run_no_update BEFORE UPDATE ON run WHEN OLD.ended_utc IS NOT NULL BEGIN SELECT RAISE(ABORT, 'a run that has ended is never changed'); END;
CREATE TRIGGER run_no_delete BEFORE DELETE ON run BEGIN SELECT RAISE(ABORT, 'rows of run are never deleted'); END;
CREATE INDEX ix_lead_sha256 ON lead (sha256);
CREATE INDEX ix_lead_event ON lead (event);
CREATE INDEX lead_value ON lead (kind, "key", sha256);
CREATE TRIGGER lead_no_update BEFORE UPDATE ON lead BEGIN SELECT RAISE(ABORT, 'rows of lead are added, never changed'); END;
CREATE TRIGGER lead_no_delete BEFORE DELETE ON lead BEGIN SELECT RAISE(ABORT, 'rows of lead are added, never changed'); END;
CREATE INDEX generation_member_media ON generation_member (sha256);
CREATE INDEX ix_generation_run_event ON generation_run (event);
CREATE TRIGGER generation_run_no_update BEFORE UPDATE ON generation_run BEGIN SELECT RAISE(ABORT, 'rows of generation_run are added, never changed'); END;
CREATE TRIGGER generation_run_no_delete BEFORE DELETE ON generation_run BEGIN SELECT RAISE(ABORT, 'rows of generation_run are added, never changed'); END;
CREATE INDEX ix_generation_member_event ON generation_member (event);
CREATE TRIGGER generation_member_no_update BEFORE UPDATE ON generation_member BEGIN SELECT RAISE(ABORT, 'rows of generation_member are added, never changed'); END;
CREATE TRIGGER generation_member_no_delete BEFORE DELETE ON generation_member BEGIN SELECT RAISE(ABORT, 'rows of generation_member are added, never changed'); END;
CREATE INDEX ix_group_turn_event ON group_turn (event);
CREATE TRIGGER group_turn_no_update BEFORE UPDATE ON group_turn BEGIN SELECT RAISE(ABORT, 'rows of group_turn are added, never changed'); END;
CREATE TRIGGER group_turn_no_delete BEFORE DELETE ON group_turn BEGIN SELECT RAISE(ABORT, 'rows of group_turn are added, never changed'); END;
CREATE INDEX ix_decision_sha256 ON decision (sha256);
CREATE INDEX ix_exposure_sha256 ON exposure (sha256);
CREATE INDEX ix_decision_event ON decision (event);
CREATE TRIGGER decision_no_update BEFORE UPDATE ON decision BEGIN SELECT RAISE(ABORT, 'rows of decision are added, never changed'); END;
CREATE TRIGGER decision_no_delete BEFORE DELETE ON decision BEGIN SELECT RAISE(ABORT, 'rows of decision are added, never changed'); END;
CREATE INDEX ix_decision_withdrawn_event ON decision_withdrawn (event);
CREATE TRIGGER decision_withdrawn_no_update BEFORE UPDATE ON decision_withdrawn BEGIN SELECT RAISE(ABORT, 'rows of decision_withdrawn are added, never changed'); END;
CREATE TRIGGER decision_withdrawn_no_delete BEFORE DELETE ON decision_withdrawn BEGIN SELECT RAISE(ABORT, 'rows of decision_withdrawn are added, never changed'); END;
CREATE INDEX ix_exposure_event ON exposure (event);
CREATE TRIGGER exposure_no_update BEFORE UPDATE ON exposure BEGIN SELECT RAISE(ABORT, 'rows of exposure are added, never changed'); END;
CREATE TRIGGER exposure_no_delete BEFORE DELETE ON exposure BEGIN SELECT RAISE(ABORT, 'rows of exposure are added, never changed'); END;
CREATE INDEX ix_exposure_end_event ON exposure_end (event);
CREATE TRIGGER exposure_end_no_update BEFORE UPDATE ON exposure_end BEGIN SELECT RAISE(ABORT, 'rows of exposure_end are added, never changed'); END;
CREATE TRIGGER exposure_end_no_delete BEFORE DELETE ON exposure_end BEGIN SELECT RAISE(ABORT, 'rows of exposure_end are added, never changed'); END;
CREATE INDEX ix_scene_link_sha256 ON scene_link (sha256);
CREATE INDEX ix_scene_link_other ON scene_link (other);
CREATE INDEX ix_local_features_event ON local_features (event);
CREATE TRIGGER local_features_no_update BEFORE UPDATE ON local_features BEGIN SELECT RAISE(ABORT, 'rows of local_features are added, never changed'); END;
CREATE TRIGGER local_features_no_delete BEFORE DELETE ON local_features BEGIN SELECT RAISE(ABORT, 'rows of local_features are added, never changed'); END;
CREATE INDEX ix_scene_link_event ON scene_link (event);
CREATE TRIGGER scene_link_no_update BEFORE UPDATE ON scene_link BEGIN SELECT RAISE(ABORT, 'rows of scene_link are added, never changed'); END;
CREATE TRIGGER scene_link_no_delete BEFORE DELETE ON scene_link BEGIN SELECT RAISE(ABORT, 'rows of scene_link are added, never changed'); END;
COMMIT;
