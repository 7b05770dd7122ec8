PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE articles (
  id INTEGER NOT NULL,
  url TEXT NOT NULL,
  owner_id INTEGER,
  paged_at BIGINT,
  listed_at BIGINT,
  linked_at BIGINT,
  first_seen_at BIGINT,
  changed_in BIGINT DEFAULT '0' NOT NULL,
  PRIMARY KEY (id),
  UNIQUE (url),
  FOREIGN KEY(owner_id) REFERENCES articles (id) DEFERRABLE INITIALLY DEFERRED
);
INSERT INTO articles VALUES(1,'https://harbour.example/bridge',NULL,1749826800000000,1749816000000000,NULL,1749816000000000,3);
INSERT INTO articles VALUES(2,'https://harbour.example/ferry',NULL,NULL,1749834000000000,NULL,1749834000000000,5);
CREATE TABLE headlines (
  id INTEGER NOT NULL,
  article_id INTEGER NOT NULL,
  digest BLOB NOT NULL,
  site TEXT NOT NULL,
  text TEXT NOT NULL,
  "key" BLOB NOT NULL,
  paged_at BIGINT,
  listed_at BIGINT,
  linked_at BIGINT,
  PRIMARY KEY (id),
  UNIQUE (article_id, digest),
  FOREIGN KEY(article_id) REFERENCES articles (id)
);
INSERT INTO headlines VALUES(1,1,X'd1c5257879d12d703b66535b74f488fc','harbour.example','Bridge opens',X'acc2ec9a98695b1b',1749826800000000,1749816000000000,NULL);
INSERT INTO headlines VALUES(2,2,X'f5a958a413d256e459d3fbf0197911fb','harbour.example','Ferry sinks',X'6b79a7acbb28b57d',NULL,1749834000000000,NULL);
CREATE TABLE list_items (
  list_id INTEGER NOT NULL,
  position INTEGER NOT NULL,
  headline_id INTEGER NOT NULL,
  with_url BOOLEAN NOT NULL,
  clicks INTEGER NOT NULL,
  PRIMARY KEY (list_id, position),
  FOREIGN KEY(list_id) REFERENCES lists (id),
  FOREIGN KEY(headline_id) REFERENCES headlines (id)
) WITHOUT ROWID;
INSERT INTO list_items VALUES(1,1,1,1,0);
INSERT INTO list_items VALUES(2,1,2,1,1);
CREATE TABLE lists (
  id INTEGER NOT NULL,
  digest BLOB NOT NULL,
  site TEXT NOT NULL,
  kind TEXT NOT NULL,
  title TEXT,
  scope TEXT,
  observed_at BIGINT NOT NULL,
  page_url TEXT,
  item_count INTEGER NOT NULL,
  PRIMARY KEY (id),
  UNIQUE (digest)
);
INSERT INTO lists VALUES(1,X'78c4e2f552081a4309fc9700fa8a2d94','harbour.example','popular',NULL,NULL,1749816000000000,NULL,1);
INSERT INTO lists VALUES(2,X'e527d15825c37f82296bd1260cb9dab0','harbour.example','served',NULL,NULL,1749834000000000,'https://harbour.example/bridge',1);
CREATE TABLE meta (
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (name)
);
INSERT INTO meta VALUES('schema_version','5');
INSERT INTO meta VALUES('identity','5f0c2a9d81e64b37');
INSERT INTO meta VALUES('batch','5');
INSERT INTO meta VALUES('newest','1749844800000000');
CREATE TABLE readings (
  revision_id INTEGER NOT NULL,
  seen_at BIGINT NOT NULL,
  PRIMARY KEY (revision_id, seen_at),
  FOREIGN KEY(revision_id) REFERENCES revisions (id)
) WITHOUT ROWID;
INSERT INTO readings VALUES(1,1749826800000000);
INSERT INTO readings VALUES(2,1749830400000000);
CREATE TABLE revisions (
  id INTEGER NOT NULL,
  article_id INTEGER NOT NULL,
  digest BLOB NOT NULL,
  site TEXT NOT NULL,
  headline TEXT,
  published_at BIGINT,
  published_offset INTEGER,
  section TEXT,
  tags TEXT,
  language TEXT,
  body TEXT, image TEXT,
  PRIMARY KEY (id),
  UNIQUE (article_id, digest),
  FOREIGN KEY(article_id) REFERENCES articles (id)
);
INSERT INTO revisions VALUES(1,1,X'137e4e8e68e45c9c93fbff626d3708e2','harbour.example','Bridge opens',NULL,NULL,'news','["harbour"]','en','It opened.',NULL);
INSERT INTO revisions VALUES(2,1,X'3ecf57148f5a39088a6964e54f3c938f','harbour.example','Bridge opens',NULL,NULL,NULL,NULL,NULL,NULL,'https://harbour.example/bridge.jpg');
CREATE TABLE view_clicks (
	view_id TEXT NOT NULL,
	position INTEGER NOT NULL,
	clicked_at BIGINT NOT NULL,
	PRIMARY KEY (view_id, position),
	FOREIGN KEY(view_id) REFERENCES views (id)
)
 WITHOUT ROWID

;
INSERT INTO view_clicks VALUES('v2',2,1749841500000000);
CREATE TABLE views (
	id TEXT NOT NULL,
	site TEXT NOT NULL,
	page_url TEXT NOT NULL,
	shown_at BIGINT NOT NULL,
	items TEXT NOT NULL,
	settled_at BIGINT,
	PRIMARY KEY (id)
);
INSERT INTO views VALUES('v1','harbour.example','https://harbour.example/bridge',1749834000000000,'[]',1749837600000000);
INSERT INTO views VALUES('v2','harbour.example','https://harbour.example/bridge',1749841200000000,'[["https://harbour.example/ferry","Ferry sinks"],["https://harbour.example/tide","Tide turns"]]',NULL);
CREATE TABLE withdrawals (
	url TEXT NOT NULL,
	withdrawn_at BIGINT NOT NULL,
	PRIMARY KEY (url)
);
INSERT INTO withdrawals VALUES('https://harbour.example/ferry',1749844800000000);
CREATE TABLE batches (
	number INTEGER NOT NULL,
	token TEXT NOT NULL,
	PRIMARY KEY (number)
);
INSERT INTO batches VALUES(3,'0a1a0c16cbadd32d');
INSERT INTO batches VALUES(4,'61e207affd126396');
INSERT INTO batches VALUES(5,'1998633dd0ed10b0');
CREATE INDEX articles_by_change ON articles (changed_in);
CREATE INDEX articles_in_time ON articles (first_seen_at, id);
CREATE INDEX ix_articles_owner_id ON articles (owner_id);
CREATE INDEX lists_in_time ON lists (observed_at, id);
CREATE INDEX ix_headlines_key ON headlines ("key");
CREATE INDEX views_to_settle ON views (settled_at, shown_at);
COMMIT;
