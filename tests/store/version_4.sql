-- A store of version 4, frozen: that of version 3 with a picture, and a view of our widget with a click.
-- Its digest was 0b83e5e634bf0359b9a2b512218d5af140df5cfae577f7c6163c105fcffc9574.
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
INSERT INTO "articles" VALUES(1,'https://harbour.example/bridge',NULL,1749826800000000,1749816000000000,NULL,1749816000000000,3);
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
INSERT INTO "headlines" VALUES(1,1,X'D1C5257879D12D703B66535B74F488FC','harbour.example','Bridge opens',X'ACC2EC9A98695B1B',1749826800000000,1749816000000000,NULL);
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
INSERT INTO "list_items" VALUES(1,1,1,1,0);
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
INSERT INTO "lists" VALUES(1,X'78C4E2F552081A4309FC9700FA8A2D94','harbour.example','popular',NULL,NULL,1749816000000000,NULL,1);
CREATE TABLE meta (
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (name)
);
INSERT INTO "meta" VALUES('schema_version','4');
INSERT INTO "meta" VALUES('identity','5f0c2a9d81e64b37');
INSERT INTO "meta" VALUES('batch','3');
INSERT INTO "meta" VALUES('newest','1749830400000000');
CREATE TABLE readings (
  revision_id INTEGER NOT NULL,
  seen_at BIGINT NOT NULL,
  PRIMARY KEY (revision_id, seen_at),
  FOREIGN KEY(revision_id) REFERENCES revisions (id)
) WITHOUT ROWID;
INSERT INTO "readings" VALUES(1,1749826800000000);
INSERT INTO "readings" VALUES(2,1749830400000000);
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
INSERT INTO "revisions" VALUES(1,1,X'137E4E8E68E45C9C93FBFF626D3708E2','harbour.example','Bridge opens',NULL,NULL,'news','["harbour"]','en','It opened.',NULL);
INSERT INTO "revisions" VALUES(2,1,X'3ECF57148F5A39088A6964E54F3C938F','harbour.example','Bridge opens',NULL,NULL,NULL,NULL,NULL,NULL,'https://harbour.example/bridge.jpg');
CREATE TABLE view_clicks (
	view_id TEXT NOT NULL, 
	position INTEGER NOT NULL, 
	clicked_at BIGINT NOT NULL, 
	PRIMARY KEY (view_id, position), 
	FOREIGN KEY(view_id) REFERENCES views (id)
)
 WITHOUT ROWID

;
INSERT INTO "view_clicks" VALUES('v1',1,1749834000000000);
CREATE TABLE views (
	id TEXT NOT NULL, 
	site TEXT NOT NULL, 
	page_url TEXT NOT NULL, 
	shown_at BIGINT NOT NULL, 
	items TEXT NOT NULL, 
	settled_at BIGINT, 
	PRIMARY KEY (id)
);
INSERT INTO "views" VALUES('v1','harbour.example','https://harbour.example/bridge',1749834000000000,'[["https://harbour.example/ferry","Ferry sinks"]]',NULL);
CREATE TABLE withdrawals (
	url TEXT NOT NULL, 
	withdrawn_at BIGINT NOT NULL, 
	PRIMARY KEY (url)
);
CREATE INDEX articles_by_change ON articles (changed_in);
CREATE INDEX articles_in_time ON articles (first_seen_at, id);
CREATE INDEX ix_articles_owner_id ON articles (owner_id);
CREATE INDEX lists_in_time ON lists (observed_at, id);
CREATE INDEX ix_headlines_key ON headlines ("key");
CREATE INDEX views_to_settle ON views (settled_at, shown_at);
COMMIT;
